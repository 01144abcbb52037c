/** Between API Gateway's HTTP API (payload format 2.0) and the core's answers. */
import type {
  APIGatewayProxyEventV2WithLambdaAuthorizer,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda';
import { TallyError } from '../core/errors.js';
import type { HttpAnswer } from '../core/http/http-answer.js';
import { problemAnswer } from '../core/http/problem-answer.js';
import { hasScope, type Scope } from '../core/keys.js';
import type { AuthorizerContext } from './authorizer-context.js';
import { scopesOf } from './authorizer-context.js';
import type { Observability } from './observability.js';

export type HttpEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<AuthorizerContext | null | undefined>;

/** Answer a request; whatever fails becomes a problem document, and our own failures a line in the log. */
export async function respond(
  { logger, metrics }: Observability,
  answer: () => Promise<HttpAnswer>,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    return resultOf(await answer());
  } catch (error) {
    const problem = problemAnswer(error);
    // A caller's mistakes are in the metrics; logged, they would be somebody's data in our log.
    if (problem.status >= 500) logger.error('request failed', error as Error);
    return resultOf(problem);
  } finally {
    metrics.flush();
  }
}

const resultOf = ({ status, headers, body }: HttpAnswer): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { ...headers },
  body,
});

/**
 * The key's context, if it has the scope. Asked again although the authorizer has: its answers are cached, and its
 * cache's key is configuration.
 *
 * @throws {TallyError} `unauthorized`, `forbidden`.
 */
export function requireScope(event: HttpEvent, scope: Scope): AuthorizerContext {
  // An open route has no authorizer at all, so the types say more than there is.
  const context = (event.requestContext as Partial<HttpEvent['requestContext']>).authorizer?.lambda;
  if (context?.keyId === undefined)
    throw new TallyError('unauthorized', 'the request came without an authorized key');
  if (hasScope({ scopes: scopesOf(context) }, scope)) return context;
  throw new TallyError(
    'forbidden',
    `key ${context.keyId} lacks the scope ${scope}; make a key with --scopes ${scope}`,
  );
}

/** Gzip that was taken for text: its second byte, 0x8b, is no UTF-8 and was replaced on the way. */
const MANGLED_GZIP = '\u001f\ufffd';

/**
 * The bytes of a body. API Gateway decides by headers whether a body is text; it is not asked what the body is.
 *
 * @throws {TallyError} `body_unreadable`: bytes that came as text are lost.
 */
export function bodyOf({
  body = '',
  isBase64Encoded,
}: Pick<HttpEvent, 'body' | 'isBase64Encoded'>): Uint8Array {
  if (isBase64Encoded) return Buffer.from(body, 'base64');
  if (body.startsWith(MANGLED_GZIP)) {
    throw new TallyError(
      'body_unreadable',
      'the body is gzip, but API Gateway took it for text and damaged it; send the header content-encoding: gzip',
    );
  }
  return Buffer.from(body);
}
