/** The contract of every port, over DynamoDB: dynalite in this process, or whatever `TALLY_TEST_DYNAMODB_URL` names. */
import { PutItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbCatalog } from '../../../adapters/aws/dynamodb-catalog.js';
import { DynamoDbCounterReader } from '../../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbDays } from '../../../adapters/aws/dynamodb-days.js';
import { DynamoDbJournal } from '../../../adapters/aws/dynamodb-journal.js';
import { DynamoDbKeys } from '../../../adapters/aws/dynamodb-keys.js';
import { DynamoDbSettings } from '../../../adapters/aws/dynamodb-settings.js';
import { DynamoDbTotals } from '../../../adapters/aws/dynamodb-totals.js';
import { ReadFirstCounterShards } from '../../../adapters/aws/read-first-counter-shards.js';
import { processTimer } from '../../../adapters/aws/timer.js';
import { WritePacer } from '../../../adapters/aws/write-pacer.js';
import type { MinuteIncrement } from '../../../core/journal.js';
import type { Clock, CounterShards } from '../../../core/ports.js';
import {
  DAYS_KIND,
  SEALED_THROUGH_NAME,
  adjustmentSort,
  minuteValueAttribute,
  minuteValueMinusEventsAttribute,
} from '../../../core/table-schema.js';
import { describeCatalogContract } from '../../contract/catalog.contract.js';
import { describeCountersContract, type CountersTarget } from '../../contract/counters.contract.js';
import { describeDaysContract } from '../../contract/days.contract.js';
import { describeJournalContract } from '../../contract/journal.contract.js';
import { describeKeysContract } from '../../contract/keys.contract.js';
import { describeSettingsContract } from '../../contract/settings.contract.js';
import { describeTotalsContract } from '../../contract/totals.contract.js';
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

const countersOver =
  (makeShards: (tableName: string) => CounterShards) =>
  async (clock: Clock): Promise<CountersTarget> => {
    const { counters: tableName } = await createTables(client, ['counters']);
    return {
      shards: makeShards(tableName),
      reader: new DynamoDbCounterReader({ client, tableName, clock }),
      adjust: (counter, hourStartMs, minutes, expiresAtMs) =>
        adjust(tableName, { counter, hourStartMs, minutes, expiresAtMs }),
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

interface Adjustment {
  readonly counter: string;
  readonly hourStartMs: number;
  readonly minutes: readonly MinuteIncrement[];
  readonly expiresAtMs: number;
}

async function adjust(
  tableName: string,
  { counter, hourStartMs, minutes, expiresAtMs }: Adjustment,
): Promise<void> {
  const attributes = minutes.flatMap(({ minute, value, events }) => [
    [minuteValueAttribute(minute), { N: String(value) }],
    [minuteValueMinusEventsAttribute(minute), { N: String(value - events) }],
  ]);
  const Item = {
    counter: { S: counter },
    shard: { S: adjustmentSort(hourStartMs) },
    expiresAtSeconds: { N: String(expiresAtMs / 1_000) },
    ...(Object.fromEntries(attributes) as Record<string, { N: string }>),
  };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));
}

describeDaysContract('DynamoDbDays', async () => {
  const { days: tableName } = await createTables(client, ['days']);
  return {
    port: new DynamoDbDays({ client, tableName }),
    seal: async (day, sealedThrough) => {
      await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: { kind: { S: DAYS_KIND.day }, name: { S: day } },
          UpdateExpression: 'SET #state = :sealed',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':sealed': { S: 'sealed' } },
        }),
      );
      const Item = {
        kind: { S: DAYS_KIND.progress },
        name: { S: SEALED_THROUGH_NAME },
        day: { S: sealedThrough },
      };
      await client.send(new PutItemCommand({ TableName: tableName, Item }));
    },
    dispose,
  };
});

describeTotalsContract('DynamoDbTotals', async () => {
  const { totals: tableName } = await createTables(client, ['totals']);
  const port = new DynamoDbTotals({ client, tableName });
  return {
    port,
    write: async (totals) => {
      for (const { counter, ...total } of totals) await port.write(counter, total, 1);
    },
    dispose,
  };
});
