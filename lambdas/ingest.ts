/** The Lambda *ingest*: a request's events in, chunks in the stream, an answer for each event out. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import { makeDynamoDbClient, makeKinesisClient, makeReceiptsClient } from '../adapters/aws/clients.js';
import { DynamoDbDays } from '../adapters/aws/dynamodb-days.js';
import { DynamoDbIngestGate } from '../adapters/aws/dynamodb-ingest-gate.js';
import { FirehoseReceipts } from '../adapters/aws/firehose-receipts.js';
import { KinesisStream } from '../adapters/aws/kinesis-stream.js';
import { decodeRequest } from '../core/decode-request.js';
import { ENV } from '../core/env-names.js';
import { ingestAnswer } from '../core/http/ingest-answer.js';
import { makeIngest } from '../core/ingest.js';
import { requireEnv, requireIntegerEnv } from './environment.js';
import { bodyOf, requireScope, respond, type HttpEvent } from './http.js';
import { observe } from './observability.js';
import { once } from './once.js';
import { makeSettings } from './settings.js';
import { makeSystemClock } from './system-clock.js';

const observability = observe('ingest');
const clock = makeSystemClock();
const dynamoDb = makeDynamoDbClient();
const readSettings = makeSettings(dynamoDb, clock);
const daysTable = { client: dynamoDb, tableName: requireEnv(ENV.daysTable) };
const days = new DynamoDbDays(daysTable);
const gate = new DynamoDbIngestGate(daysTable);
const stripeCount = requireIntegerEnv(ENV.stripeCount);
const stream = new KinesisStream({
  client: makeKinesisClient(),
  streamName: requireEnv(ENV.stream),
  laneCount: requireIntegerEnv(ENV.laneCount),
  stripeCount,
});
const receipts = new FirehoseReceipts({
  client: makeReceiptsClient(),
  streamName: requireEnv(ENV.receiptsStream),
});

const ready = once(async () =>
  makeIngest({
    stream,
    receipts,
    gate,
    clock,
    days,
    settings: await readSettings(),
    metrics: observability.metrics,
    makeChunkId: randomUUID,
    stripeCount,
  }),
);

export const handler = (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> =>
  respond(observability, async () => {
    const { sourcePattern } = requireScope(event, 'ingest');
    const ingest = await ready();
    const items = decodeRequest(event.headers, bodyOf(event));
    return ingestAnswer(
      await ingest(items, sourcePattern === undefined ? {} : { allowedSourcePattern: sourcePattern }),
    );
  });
