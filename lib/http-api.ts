import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  type CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  type HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.js';
import type { CustomDomain, EventCounterConfig } from './event-counter-props.js';
import type { Tables } from './tables.js';
import { TallyFunction } from './tally-function.js';

export interface HttpApiFrontProps {
  readonly config: EventCounterConfig;
  readonly tables: Tables;
}

export interface RouteProps {
  readonly method: HttpMethod;
  readonly path: string;
  /** Let callers in without a key.
   * @default false */
  readonly isOpen?: boolean;
  /** @default 100 */
  readonly requestsPerSecond?: number;
}

/** Goes into the template as it is, so it is spelled as CloudFormation spells it: the L1's own type would be refused there. */
interface RouteSettings {
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
  readonly DetailedMetricsEnabled: boolean;
}

/** For every route that names no rate of its own: people and dashboards, not producers. */
const REQUESTS_PER_SECOND_DEFAULT = 100;

/** A revoked key works for at most this long. */
const AUTHORIZATION_CACHED = Duration.seconds(60);

/** One short line per request: its cost is a part of every event's. Names the key by its id, never by its secret. */
const ACCESS_LOG_FORMAT = JSON.stringify({
  id: '$context.requestId',
  at: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  key: '$context.authorizer.keyId',
  status: '$context.status',
  ms: '$context.responseLatency',
  bytes: '$context.responseLength',
  error: '$context.error.messageString',
});

/** The door: one HTTP API for producers and readers, with keys, throttling and a log. */
export class HttpApiFront extends Construct {
  public readonly api: HttpApi;
  public readonly authorizer: TallyFunction;
  /** Where the API answers, without a trailing slash. */
  public readonly url: string;
  public readonly accessLogs: LogGroup;
  private readonly stage: HttpStage;
  private readonly routeSettings: Record<string, RouteSettings> = {};
  private readonly authorization: HttpLambdaAuthorizer;

  public constructor(scope: Construct, id: string, props: HttpApiFrontProps) {
    super(scope, id);
    const { config, tables } = props;
    this.authorizer = new TallyFunction(this, 'Authorize', {
      entry: 'authorize',
      memoryMb: 512,
      timeout: Duration.seconds(10),
      config,
    });
    tables.bindAuthorizer(this.authorizer);
    this.authorization = new HttpLambdaAuthorizer('Key', this.authorizer, {
      // With the route in the cache's key, a key that may read is not let in to ingest by an answer cached for reading.
      identitySource: ['$request.header.Authorization', '$context.routeKey'],
      resultsCacheTtl: AUTHORIZATION_CACHED,
      responseTypes: [HttpLambdaResponseType.SIMPLE],
    });
    this.api = this.makeApi(config);
    this.accessLogs = new LogGroup(this, 'AccessLogs', {
      retention: config.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = this.makeStage(config);
    this.url = config.domain ? `https://${config.domain.name}` : this.api.apiEndpoint;
  }

  /** Send a route to a function. */
  public addRoute(
    handler: TallyFunction,
    { method, path, isOpen, requestsPerSecond }: RouteProps,
  ): HttpRoute {
    const routeKey = HttpRouteKey.with(path, method);
    const route = new HttpRoute(this, routeId(method, path), {
      httpApi: this.api,
      routeKey,
      integration: new HttpLambdaIntegration(handler.node.id, handler),
      authorizer: isOpen ? new HttpNoneAuthorizer() : this.authorization,
    });
    if (isOpen)
      acknowledge(route, 'APIG4', 'Open on purpose: a health check tells no count and takes no event.');
    if (requestsPerSecond !== undefined) this.throttleRoute(route, routeKey.key, requestsPerSecond);
    return route;
  }

  /** Requests, sum per period, whatever became of them. */
  public metricRequestsSum(options?: MetricOptions): Metric {
    return this.stage.metricCount({ statistic: 'Sum', ...options });
  }

  /** Answers of 500 and above, sum per period. */
  public metricServerErrorsSum(options?: MetricOptions): Metric {
    return this.stage.metricServerError({ statistic: 'Sum', ...options });
  }

  /** Answers of 400 to 499, sum per period. */
  public metricClientErrorsSum(options?: MetricOptions): Metric {
    return this.stage.metricClientError({ statistic: 'Sum', ...options });
  }

  /** From a request's arrival to its answer, in milliseconds; 99 of 100 are faster. */
  public metricLatencyMsP99(options?: MetricOptions): Metric {
    return this.stage.metricLatency({ statistic: 'p99', ...options });
  }

  private makeApi(config: EventCounterConfig): HttpApi {
    return new HttpApi(this, 'Api', {
      description: 'Tally: counts events exactly',
      createDefaultStage: false,
      disableExecuteApiEndpoint: config.domain !== undefined,
      corsPreflight: config.corsOrigins && {
        allowOrigins: [...config.corsOrigins],
        allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT],
        allowHeaders: ['authorization', 'content-encoding', 'content-type'],
        maxAge: Duration.hours(1),
      },
    });
  }

  private makeStage({ domain }: EventCounterConfig): HttpStage {
    return new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: throttleOf(REQUESTS_PER_SECOND_DEFAULT),
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLogs),
        format: AccessLogFormat.custom(ACCESS_LOG_FORMAT),
      },
      domainMapping: domain && { domainName: this.makeDomain(domain) },
    });
  }

  /** A stage that names a route before the route exists can't be created: the first deployment would fail. */
  private throttleRoute(route: HttpRoute, routeKey: string, requestsPerSecond: number): void {
    const { rateLimit, burstLimit } = throttleOf(requestsPerSecond);
    this.routeSettings[routeKey] = {
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
      DetailedMetricsEnabled: true,
    };
    (this.stage.node.defaultChild as CfnStage).routeSettings = this.routeSettings;
    this.stage.node.addDependency(route);
  }

  private makeDomain({ name, certificateArn }: CustomDomain): DomainName {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    return new DomainName(this, 'Domain', { domainName: name, certificate });
  }
}

const throttleOf = (requestsPerSecond: number) => ({
  rateLimit: requestsPerSecond,
  burstLimit: 2 * requestsPerSecond,
});

/** `GET /v1/counters/{type}` is `GetCountersType`. */
const routeId = (method: HttpMethod, path: string): string =>
  [method.toLowerCase(), ...path.replace('/v1/', '').split(/[^a-z]+/i)]
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
