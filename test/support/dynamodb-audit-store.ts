import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbCounterReader } from '../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbDays } from '../../adapters/aws/dynamodb-days.js';
import { DynamoDbLedger } from '../../adapters/aws/dynamodb-ledger.js';
import { DynamoDbMarkers } from '../../adapters/aws/dynamodb-markers.js';
import { DynamoDbSealWriter } from '../../adapters/aws/dynamodb-seal-writer.js';
import { DynamoDbShardScan } from '../../adapters/aws/dynamodb-shard-scan.js';
import { DynamoDbTops } from '../../adapters/aws/dynamodb-tops.js';
import { DynamoDbTotals } from '../../adapters/aws/dynamodb-totals.js';
import { processTimer } from '../../adapters/aws/timer.js';
import { WritePacer } from '../../adapters/aws/write-pacer.js';
import { NOW_MS, type AuditStore } from '../contract/audit-store.js';
import type { TableNames } from './local-dynamodb.js';

const WINDOW_MS = 5_000;

/** The audit's stores over a stack's tables. */
export function dynamoDbAuditStore(client: DynamoDBClient, tables: TableNames) {
  const clock = { nowMs: () => NOW_MS };
  const pacer = new WritePacer({ timer: processTimer, windowMs: WINDOW_MS });
  const counters = { client, tableName: tables.counters };
  const days = { client, tableName: tables.days };
  return {
    ledger: new DynamoDbLedger(days),
    writer: new DynamoDbSealWriter({ client, tables }),
    tops: new DynamoDbTops({ client, totalsTable: tables.totals, daysTable: tables.days }),
    scan: new DynamoDbShardScan({ ...counters, clock }),
    markers: new DynamoDbMarkers(days),
    days: new DynamoDbDays(days),
    shards: new DynamoDbCounterShards({ ...counters, pacer }),
    counters: new DynamoDbCounterReader({ ...counters, clock }),
    totals: new DynamoDbTotals({ client, tableName: tables.totals }),
    dispose: () => Promise.resolve(),
  } satisfies AuditStore;
}
