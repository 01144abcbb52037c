import type { APIGatewayProxyStructuredResultV2, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import type { RouteKey } from '../../lambdas/routes.js';

export interface HttpRequest {
  readonly routeKey: RouteKey;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** Content types that API Gateway takes for text. With a content encoding, nothing is text to it. */
const TEXT_TYPES = /^(text\/|application\/(json|javascript|xml)|application\/[a-z.-]+\+(json|xml))/;

/** A request as API Gateway's HTTP API hands it to a Lambda, payload format 2.0. */
export function httpApiEvent(request: HttpRequest, authorizer?: object) {
  const [method = '', rawPath = ''] = request.routeKey.split(' ');
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const isText = TEXT_TYPES.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
  return {
    version: '2.0',
    routeKey: request.routeKey,
    rawPath,
    rawQueryString: new URLSearchParams(request.query).toString(),
    headers,
    ...(request.query === undefined ? {} : { queryStringParameters: request.query }),
    ...(request.path === undefined ? {} : { pathParameters: request.path }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request',
      routeKey: request.routeKey,
      stage: '$default',
      timeEpoch: Date.now(),
      ...(authorizer === undefined ? {} : { authorizer: { lambda: authorizer } }),
    },
    ...(request.body === undefined
      ? {}
      : { body: Buffer.from(request.body).toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body !== undefined && !isText,
  };
}

/** The same request as the authorizer sees it. */
export function authorizerEvent(request: HttpRequest): Partial<APIGatewayRequestAuthorizerEventV2> {
  const { body: _, isBase64Encoded: __, ...event } = httpApiEvent(request);
  const authorization = event.headers['authorization'] ?? '';
  return {
    ...event,
    type: 'REQUEST',
    routeArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/$default/any',
    identitySource: [authorization, request.routeKey],
  } as Partial<APIGatewayRequestAuthorizerEventV2>;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | boolean>>;
  readonly json: Record<string, unknown>;
}

export const httpReplyOf = (result: APIGatewayProxyStructuredResultV2): HttpReply => ({
  status: result.statusCode ?? 0,
  headers: result.headers ?? {},
  json: JSON.parse(result.body ?? 'null') as Record<string, unknown>,
});
