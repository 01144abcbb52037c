/** The Lambda *query*: answers what counters say, and keeps what people say about types. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { makeDynamoDbClient } from '../adapters/aws/clients.js';
import { DynamoDbCatalog } from '../adapters/aws/dynamodb-catalog.js';
import { DynamoDbCounterReader } from '../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbDays } from '../adapters/aws/dynamodb-days.js';
import { DynamoDbLedger } from '../adapters/aws/dynamodb-ledger.js';
import { DynamoDbProgress } from '../adapters/aws/dynamodb-progress.js';
import { DynamoDbTops } from '../adapters/aws/dynamodb-tops.js';
import { DynamoDbTotals } from '../adapters/aws/dynamodb-totals.js';
import { ENV } from '../core/env-names.js';
import { TallyError } from '../core/errors.js';
import {
  parseMetadata,
  parseTypeName,
  parseTypesPage,
  typeAnswerOf,
  typesAnswerOf,
} from '../core/http/catalog-request.js';
import { answerDay, answerDays, answerTop } from '../core/http/day-answers.js';
import { jsonAnswer, type HttpAnswer } from '../core/http/http-answer.js';
import { parseCounterQuery } from '../core/query/counter-query.js';
import { queryCounter } from '../core/query/query-counter.js';
import { formatInstant } from '../core/time.js';
import { requireEnv, requireIntegerEnv } from './environment.js';
import { bodyOf, requireScope, respond, type HttpEvent } from './http.js';
import { observe } from './observability.js';
import { once } from './once.js';
import { SCOPE_BY_ROUTE, isRouteKey, type RouteKey } from './routes.js';
import { makeReadOnlySettings } from './settings.js';
import { makeSystemClock } from './system-clock.js';

const observability = observe('query');
const clock = makeSystemClock();
const client = makeDynamoDbClient();
const readSettings = makeReadOnlySettings(client, clock);
const daysTable = requireEnv(ENV.daysTable);
const totalsTable = requireEnv(ENV.totalsTable);
const catalog = new DynamoDbCatalog({ client, tableName: requireEnv(ENV.catalogTable) });
const ports = {
  counters: new DynamoDbCounterReader({ client, tableName: requireEnv(ENV.countersTable), clock }),
  totals: new DynamoDbTotals({ client, tableName: totalsTable }),
  tops: new DynamoDbTops({ client, totalsTable, daysTable }),
  ledger: new DynamoDbLedger({ client, tableName: daysTable }),
  days: new DynamoDbDays({ client, tableName: daysTable }),
  freshness: new DynamoDbProgress({
    client,
    tableName: daysTable,
    stripeCount: requireIntegerEnv(ENV.stripeCount),
  }),
  clock,
  streamRetentionMs: requireIntegerEnv(ENV.streamRetentionMs),
};
const ready = once(async () => ({ ...ports, settings: await readSettings() }));

type Answer = (event: HttpEvent) => Promise<HttpAnswer>;

const ANSWERS: Partial<Record<RouteKey, Answer>> = {
  'GET /v1/counters': listTypes,
  'GET /v1/counters/{type}': readCounter,
  'GET /v1/counters/{type}/top': async (event) =>
    answerTop(ports, typeOf(event), event.queryStringParameters ?? {}),
  'GET /v1/days': async (event) => answerDays(await ready(), event.queryStringParameters ?? {}),
  'GET /v1/days/{date}': async (event) => answerDay(await ready(), event.pathParameters?.['date'] ?? ''),
  'PUT /v1/catalog/{type}': describeType,
  'GET /v1/health': tellHealth,
};

export const handler = (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> =>
  respond(observability, async () => {
    const { routeKey } = event;
    const answer = isRouteKey(routeKey) ? ANSWERS[routeKey] : undefined;
    if (answer === undefined || !isRouteKey(routeKey))
      throw new TallyError('not_found', `there is nothing at ${routeKey}`);
    const scope = SCOPE_BY_ROUTE[routeKey];
    if (scope !== null) requireScope(event, scope);
    return answer(event);
  });

async function listTypes(event: HttpEvent): Promise<HttpAnswer> {
  const page = parseTypesPage(event.queryStringParameters ?? {});
  return jsonAnswer(200, typesAnswerOf(await catalog.list(page), page));
}

async function readCounter(event: HttpEvent): Promise<HttpAnswer> {
  const query = parseCounterQuery(typeOf(event), event.queryStringParameters ?? {});
  return jsonAnswer(200, await queryCounter(await ready(), query));
}

async function describeType(event: HttpEvent): Promise<HttpAnswer> {
  const type = parseTypeName(typeOf(event));
  const metadata = parseMetadata(Buffer.from(bodyOf(event)).toString());
  return jsonAnswer(200, typeAnswerOf(await catalog.describe(type, metadata, clock.nowMs())));
}

async function tellHealth(): Promise<HttpAnswer> {
  const asOfMs = Math.min(await ports.freshness.countedThroughMs(), clock.nowMs());
  const sealedThrough = await ports.days.sealedThrough();
  return jsonAnswer(200, {
    status: 'ok',
    asOf: formatInstant(asOfMs),
    lagMs: clock.nowMs() - asOfMs,
    sealedThrough,
  });
}

const typeOf = (event: HttpEvent): string => event.pathParameters?.['type'] ?? '';
