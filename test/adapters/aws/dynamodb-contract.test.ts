/** The contract of every port, over DynamoDB: dynalite in this process, or whatever `TALLY_TEST_DYNAMODB_URL` names. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbCatalog } from '../../../adapters/aws/dynamodb-catalog.js';
import { DynamoDbCounterReader } from '../../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbJournalFilters } from '../../../adapters/aws/dynamodb-journal-filters.js';
import { DynamoDbJournal } from '../../../adapters/aws/dynamodb-journal.js';
import { DynamoDbKeys } from '../../../adapters/aws/dynamodb-keys.js';
import { DynamoDbSettings } from '../../../adapters/aws/dynamodb-settings.js';
import { ReadFirstCounterShards } from '../../../adapters/aws/read-first-counter-shards.js';
import { processTimer } from '../../../adapters/aws/timer.js';
import { WritePacer } from '../../../adapters/aws/write-pacer.js';
import type { Clock, CounterShards } from '../../../core/ports.js';
import { beginRun, seal } from '../../contract/audit-store.js';
import { describeCatalogContract } from '../../contract/catalog.contract.js';
import { describeCountersContract, type CountersTarget } from '../../contract/counters.contract.js';
import { describeDaysContract } from '../../contract/days.contract.js';
import { describeJournalFiltersContract } from '../../contract/journal-filters.contract.js';
import { describeJournalContract } from '../../contract/journal.contract.js';
import { describeKeysContract } from '../../contract/keys.contract.js';
import { describeLedgerContract } from '../../contract/ledger.contract.js';
import { describeMarkersContract } from '../../contract/markers.contract.js';
import { describeSealWriterContract } from '../../contract/seal-writer.contract.js';
import { describeSettingsContract } from '../../contract/settings.contract.js';
import { describeShardScanContract } from '../../contract/shard-scan.contract.js';
import { describeTotalsContract } from '../../contract/totals.contract.js';
import { dynamoDbAuditStore } from '../../support/dynamodb-audit-store.js';
import {
  createTables,
  dynamoDbClientAt,
  startDynamoDb,
  type TableNames,
} from '../../support/local-dynamodb.js';
import type { LocalServer } from '../../support/local-server.js';

let engine: LocalServer;
let client: DynamoDBClient;

beforeAll(async () => {
  engine = await startDynamoDb();
  client = dynamoDbClientAt(engine.url);
});
afterAll(async () => {
  client.destroy();
  await engine.close();
});

const dispose = async (): Promise<void> => {};
const makePacer = (): WritePacer => new WritePacer({ timer: processTimer, windowMs: 5_000 });

/** A port over one fresh table. */
const over =
  <Port>(table: keyof TableNames, make: (options: { client: DynamoDBClient; tableName: string }) => Port) =>
  async () => ({ port: make({ client, tableName: (await createTables(client, [table]))[table] }), dispose });

describeJournalContract(
  'DynamoDbJournal',
  over('journal', (options) => new DynamoDbJournal({ ...options, pacer: makePacer() })),
);
describeJournalFiltersContract('DynamoDbJournalFilters', async () => {
  const { journal: tableName } = await createTables(client, ['journal']);
  const options = { client, tableName, pacer: makePacer() };
  return { filters: new DynamoDbJournalFilters(options), journals: new DynamoDbJournal(options), dispose };
});
describeSettingsContract(
  'DynamoDbSettings',
  over('days', (options) => new DynamoDbSettings(options)),
);
describeCatalogContract(
  'DynamoDbCatalog',
  over('catalog', (options) => new DynamoDbCatalog(options)),
);
describeKeysContract(
  'DynamoDbKeys',
  over('keys', (options) => new DynamoDbKeys(options)),
);

const makeStore = async () => dynamoDbAuditStore(client, await createTables(client));

const countersOver =
  (makeShards: (tableName: string) => CounterShards) =>
  async (clock: Clock): Promise<CountersTarget> => {
    const tables = await createTables(client, ['counters', 'days']);
    const { ledger, writer } = dynamoDbAuditStore(client, tables);
    return {
      shards: makeShards(tables.counters),
      reader: new DynamoDbCounterReader({ client, tableName: tables.counters, clock }),
      adjust: async (counter, hourStartMs, minutes, expiresAtMs) =>
        writer.putAdjustments(await beginRun({ ledger }), [{ counter, hourStartMs, minutes }], expiresAtMs),
      dispose,
    };
  };

const writingShards = (tableName: string): CounterShards =>
  new DynamoDbCounterShards({ client, tableName, pacer: makePacer() });

describeCountersContract('DynamoDbCounterShards', countersOver(writingShards));
describeCountersContract(
  'ReadFirstCounterShards',
  countersOver(
    (tableName) => new ReadFirstCounterShards({ client, tableName, shards: writingShards(tableName) }),
  ),
);

describeDaysContract('DynamoDbDays', async () => {
  const store = await makeStore();
  return {
    port: store.days,
    seal: async (day) => void (await seal(store, await beginRun(store, day))),
    dispose,
  };
});

describeTotalsContract('DynamoDbTotals', async () => {
  const store = await makeStore();
  return {
    port: store.totals,
    write: async (totals) => store.writer.putTotals(await beginRun(store), totals),
    dispose,
  };
});

describeLedgerContract('DynamoDbLedger', makeStore);
describeSealWriterContract('DynamoDbSealWriter', makeStore);
describeShardScanContract('DynamoDbShardScan', makeStore);
describeMarkersContract('DynamoDbMarkers', makeStore);
