import { Duration } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import { bindSettings } from './bind-settings.js';
import type { EventCounterConfig } from './event-counter-props.js';
import type { HttpApiFront, RouteProps } from './http-api.js';
import type { Tables } from './tables.js';
import { TallyFunction } from './tally-function.js';

export interface QueryProps {
  readonly config: EventCounterConfig;
  readonly front: HttpApiFront;
  readonly tables: Tables;
}

const ROUTES: readonly RouteProps[] = [
  { method: HttpMethod.GET, path: '/v1/counters' },
  { method: HttpMethod.GET, path: '/v1/counters/{type}' },
  { method: HttpMethod.GET, path: '/v1/counters/{type}/top' },
  { method: HttpMethod.GET, path: '/v1/days' },
  { method: HttpMethod.GET, path: '/v1/days/{date}' },
  { method: HttpMethod.PUT, path: '/v1/catalog/{type}' },
  // For load balancers and uptime checks, which have no key; it tells how fresh counts are, and none of them.
  { method: HttpMethod.GET, path: '/v1/health', isOpen: true },
];

/** Answers questions about counts, and keeps what people say about types. */
export class Query extends Construct {
  public readonly function: TallyFunction;

  public constructor(scope: Construct, id: string, { config, front, tables }: QueryProps) {
    super(scope, id);
    this.function = new TallyFunction(this, 'Query', {
      entry: 'query',
      memoryMb: 1_769,
      timeout: Duration.seconds(29),
      config,
    });
    bindSettings(this.function, config);
    tables.bindQuery(this.function);
    for (const route of ROUTES) front.addRoute(this.function, route);
  }
}
