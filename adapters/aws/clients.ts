/**
 * The SDK's clients as Tally wants them. Endpoints, region and credentials come from the SDK's standard variables
 * (`AWS_ENDPOINT_URL_DYNAMODB`, …), so any compatible engine can stand behind them.
 *
 * Retries are the SDK's standard mode: exponential backoff with full jitter for throttles, timeouts and 5xx, and a
 * bucket of retry tokens per client, so that retries can't pile up on an engine that is down. When it is empty a call fails at
 * once, the batch or request is answered as failed, and whoever sent it sends it again.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

interface HttpLimits {
  readonly requestTimeoutMs: number;
  readonly socketsMax: number;
}

const CONNECT_TIMEOUT_MS = 1_000;

export function makeHttpHandler({ requestTimeoutMs, socketsMax }: HttpLimits): NodeHttpHandler {
  const agentOptions = { keepAlive: true, maxSockets: socketsMax };
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    // Without this the SDK only warns about a request that takes too long, and goes on waiting for it.
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agentOptions),
    httpsAgent: new HttpsAgent(agentOptions),
  });
}

/** How many calls one worker may have in flight to DynamoDB. */
export const DYNAMODB_CONCURRENCY_MAX = 64;

/** Ten attempts: a partition that splits, or a table that grows, throttles for a few seconds. */
export const makeDynamoDbClient = (): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 10,
    requestHandler: makeHttpHandler({ requestTimeoutMs: 5_000, socketsMax: DYNAMODB_CONCURRENCY_MAX }),
  });

/** The client's own default is HTTP/2, which holds one connection and few engines speak. Failed *records* are `KinesisStream`'s. */
export const makeKinesisClient = (): KinesisClient =>
  new KinesisClient({
    maxAttempts: 3,
    requestHandler: makeHttpHandler({ requestTimeoutMs: 3_000, socketsMax: 16 }),
  });

export const makeFirehoseClient = (): FirehoseClient =>
  new FirehoseClient({
    maxAttempts: 3,
    requestHandler: makeHttpHandler({ requestTimeoutMs: 3_000, socketsMax: 16 }),
  });

/** A producer waits for its receipt to be kept, and is told nothing of it: two short attempts, then it goes without. */
export const makeReceiptsClient = (): FirehoseClient =>
  new FirehoseClient({
    maxAttempts: 2,
    requestHandler: makeHttpHandler({ requestTimeoutMs: 1_000, socketsMax: 16 }),
  });
