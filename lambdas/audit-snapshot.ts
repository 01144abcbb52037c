/** The Lambda *audit-snapshot*: settles journals and writes down what journals and counters say, part by part. */
import { makeDynamoDbClient } from '../adapters/aws/clients.js';
import { DynamoDbCounterShards } from '../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbJournal } from '../adapters/aws/dynamodb-journal.js';
import { DynamoDbShardScan } from '../adapters/aws/dynamodb-shard-scan.js';
import { ReadFirstCounterShards } from '../adapters/aws/read-first-counter-shards.js';
import { makeS3Client } from '../adapters/aws/s3-client.js';
import { processTimer } from '../adapters/aws/timer.js';
import { WritePacer } from '../adapters/aws/write-pacer.js';
import { ENV } from '../core/env-names.js';
import { GAUGES } from '../core/metric-names.js';
import { SECOND_MS } from '../core/time.js';
import { workFiles } from './audit-steps/places.js';
import { makeSnapshotSteps } from './audit-steps/snapshot.js';
import { makeStepHandler } from './audit-steps/step-handler.js';
import { requireEnv } from './environment.js';
import { observe } from './observability.js';
import { once } from './once.js';
import { makeReadOnlySettings } from './settings.js';
import { makeSystemClock } from './system-clock.js';

/** Settling writes little, but the newest entries of a whole day's journals come one after the other. */
const PACE_MS = 5 * SECOND_MS;

const observability = observe('audit');
const clock = makeSystemClock();
const client = makeDynamoDbClient();
const countersTable = requireEnv(ENV.countersTable);
const pacer = new WritePacer({ timer: processTimer, windowMs: PACE_MS });
const readSettings = makeReadOnlySettings(client, clock);

const ports = {
  journals: new DynamoDbJournal({ client, tableName: requireEnv(ENV.journalTable), pacer }),
  shards: new ReadFirstCounterShards({
    client,
    tableName: countersTable,
    shards: new DynamoDbCounterShards({ client, tableName: countersTable, pacer }),
  }),
  work: workFiles(makeS3Client()),
  makeScan: () => new DynamoDbShardScan({ client, tableName: countersTable, clock }),
  observeOverdue: (count: number): void => {
    observability.metrics.observeCount(GAUGES.itemsOverdue, count);
  },
};

export const handler = makeStepHandler(
  observability,
  once(async () => makeSnapshotSteps(ports, await readSettings())),
);
