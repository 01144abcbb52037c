import { Match } from 'aws-cdk-lib/assertions';
import { makeCounter, resourceOf, resourcesOf, synthesise, templateOf } from './synthesised.js';

const ROUTE = 'AWS::ApiGatewayV2::Route';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const API = 'AWS::ApiGatewayV2::Api';

describe('HttpApiFront', () => {
  const counter = makeCounter();
  const template = templateOf(counter);
  const stage = resourceOf(template, STAGE, 'FrontStage');
  const custom = synthesise({
    requestsPerSecond: 50,
    corsOrigins: ['https://console.example.com'],
    domain: { name: 'count.example.com', certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/c' },
  });

  it('serves these routes, all but the health check by key only', () => {
    const routes = Object.values(resourcesOf(template)).filter(({ Type }) => Type === ROUTE);
    const known = routes.map(({ Properties }) => [Properties['RouteKey'], Properties['AuthorizationType']]);
    expect(Object.fromEntries(known)).toEqual({
      'POST /v1/events': 'CUSTOM',
      'GET /v1/counters': 'CUSTOM',
      'GET /v1/counters/{type}': 'CUSTOM',
      'GET /v1/counters/{type}/top': 'CUSTOM',
      'GET /v1/days': 'CUSTOM',
      'GET /v1/days/{date}': 'CUSTOM',
      'PUT /v1/catalog/{type}': 'CUSTOM',
      'GET /v1/health': 'NONE',
    });
  });

  it('caches what the authorizer said per key and route: a key to read must not open ingest', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization', '$context.routeKey'],
      AuthorizerResultTtlInSeconds: 60,
    });
  });

  it('throttles ingest at its own rate, spelled as CloudFormation wants it', () => {
    expect(stage.Properties['RouteSettings']).toEqual({
      'POST /v1/events': {
        ThrottlingRateLimit: 1000,
        ThrottlingBurstLimit: 2000,
        DetailedMetricsEnabled: true,
      },
    });
    custom.hasResourceProperties(STAGE, {
      RouteSettings: { 'POST /v1/events': Match.objectLike({ ThrottlingRateLimit: 50 }) },
    });
  });

  it('makes the stage after the route it throttles: the other way round the first deployment fails', () => {
    expect(stage.DependsOn).toContainEqual(expect.stringMatching(/^TallyFrontPostEvents[0-9A-F]{8}$/));
  });

  it('throttles every other route too', () => {
    expect(stage.Properties['DefaultRouteSettings']).toEqual({
      ThrottlingRateLimit: 100,
      ThrottlingBurstLimit: 200,
      DetailedMetricsEnabled: true,
    });
  });

  it('logs a line per request, with no header and no secret in it', () => {
    const { Format } = stage.Properties['AccessLogSettings'] as { Format: string };
    expect(Object.keys(JSON.parse(Format) as object)).toEqual([
      'id',
      'at',
      'route',
      'key',
      'status',
      'ms',
      'bytes',
      'error',
    ]);
    expect(Format).not.toMatch(/header|authorization|secret/i);
  });

  it('answers no other origin unless told to', () => {
    template.hasResourceProperties(API, { CorsConfiguration: Match.absent() });
    custom.hasResourceProperties(API, {
      CorsConfiguration: Match.objectLike({ AllowOrigins: ['https://console.example.com'] }),
    });
  });

  it('answers under its own name only, where it has one', () => {
    template.hasResourceProperties(API, { DisableExecuteApiEndpoint: false });
    custom.hasResourceProperties(API, { DisableExecuteApiEndpoint: true });
    custom.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'count.example.com' });
    custom.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
  });

  it('has a metric that names the API', () => {
    expect(Object.keys(counter.front.metricServerErrorsSum().dimensions ?? {})).toEqual(['ApiId', 'Stage']);
  });
});
