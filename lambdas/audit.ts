/** The Lambda *audit*: the steps of a round that plan, look whether readers have passed, and judge. It can't seal. */
import { makeDynamoDbClient, makeKinesisClient } from '../adapters/aws/clients.js';
import { DynamoDbLedger } from '../adapters/aws/dynamodb-ledger.js';
import { DynamoDbMarkers } from '../adapters/aws/dynamodb-markers.js';
import { KinesisStream } from '../adapters/aws/kinesis-stream.js';
import { makeS3Client } from '../adapters/aws/s3-client.js';
import { ENV } from '../core/env-names.js';
import { evidenceFiles, makeAuditSql, partsFor, workFiles } from './audit-steps/places.js';
import { makeRoundSteps } from './audit-steps/round.js';
import { makeStepHandler } from './audit-steps/step-handler.js';
import { requireEnv, requireIntegerEnv } from './environment.js';
import { observe } from './observability.js';
import { once } from './once.js';
import { makeReadOnlySettings } from './settings.js';
import { makeSystemClock } from './system-clock.js';

const observability = observe('audit');
const clock = makeSystemClock();
const dynamoDb = makeDynamoDbClient();
const s3 = makeS3Client();
const daysTable = { client: dynamoDb, tableName: requireEnv(ENV.daysTable) };
const laneCount = requireIntegerEnv(ENV.laneCount);
const stripeCount = requireIntegerEnv(ENV.stripeCount);
const readSettings = makeReadOnlySettings(dynamoDb, clock);

const ports = {
  ledger: new DynamoDbLedger(daysTable),
  markers: new DynamoDbMarkers(daysTable),
  stream: new KinesisStream({
    client: makeKinesisClient(),
    streamName: requireEnv(ENV.stream),
    laneCount,
    stripeCount,
  }),
  files: evidenceFiles(s3),
  work: workFiles(s3),
  sql: makeAuditSql(s3),
  clock,
  metrics: observability.metrics,
  warn: (message: string, about: object): void => {
    observability.logger.warn(message, { ...about });
  },
  // Hosts' clocks are AWS's own care.
  findSealingDoubt: () => Promise.resolve(null),
};

export const handler = makeStepHandler(
  observability,
  once(async () =>
    makeRoundSteps(ports, {
      settings: await readSettings(),
      stripeCount,
      streamRetentionMs: requireIntegerEnv(ENV.streamRetentionMs),
      parts: partsFor(laneCount),
    }),
  ),
);
