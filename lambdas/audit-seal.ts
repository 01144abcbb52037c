/** The Lambda *audit-seal*: writes totals, adjustments and the act of a day that was judged. The only one that can seal. */
import { makeDynamoDbClient } from '../adapters/aws/clients.js';
import { DynamoDbCounterReader } from '../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbJournal } from '../adapters/aws/dynamodb-journal.js';
import { DynamoDbLedger } from '../adapters/aws/dynamodb-ledger.js';
import { DynamoDbSealWriter } from '../adapters/aws/dynamodb-seal-writer.js';
import { DynamoDbTotals } from '../adapters/aws/dynamodb-totals.js';
import { makeS3Client } from '../adapters/aws/s3-client.js';
import { processTimer } from '../adapters/aws/timer.js';
import { WritePacer } from '../adapters/aws/write-pacer.js';
import { ENV } from '../core/env-names.js';
import { SECOND_MS } from '../core/time.js';
import { evidenceFiles, makeAuditSql, workFiles } from './audit-steps/places.js';
import { makeSealSteps } from './audit-steps/seal.js';
import { makeStepHandler } from './audit-steps/step-handler.js';
import { requireEnv } from './environment.js';
import { observe } from './observability.js';
import { once } from './once.js';
import { makeReadOnlySettings } from './settings.js';
import { makeSystemClock } from './system-clock.js';

const observability = observe('audit');
const clock = makeSystemClock();
const client = makeDynamoDbClient();
const s3 = makeS3Client();
const tables = {
  counters: requireEnv(ENV.countersTable),
  totals: requireEnv(ENV.totalsTable),
  days: requireEnv(ENV.daysTable),
};
const readSettings = makeReadOnlySettings(client, clock);
/** The journal is only read here, and reads are not paced. */
const pacer = new WritePacer({ timer: processTimer, windowMs: SECOND_MS });

const ports = {
  journals: new DynamoDbJournal({ client, tableName: requireEnv(ENV.journalTable), pacer }),
  counters: new DynamoDbCounterReader({ client, tableName: tables.counters, clock }),
  totals: new DynamoDbTotals({ client, tableName: tables.totals }),
  ledger: new DynamoDbLedger({ client, tableName: tables.days }),
  writer: new DynamoDbSealWriter({ client, tables }),
  files: evidenceFiles(s3),
  work: workFiles(s3),
  sql: makeAuditSql(s3),
  clock,
};

export const handler = makeStepHandler(
  observability,
  once(async () => makeSealSteps(ports, await readSettings())),
);
