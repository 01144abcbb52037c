import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDbDays } from '../../../adapters/aws/dynamodb-days.js';
import { DynamoDbSettings } from '../../../adapters/aws/dynamodb-settings.js';
import type { Settings } from '../../../core/settings.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const dynamoDb = useDynamoDb();

describe('DynamoDbDays', () => {
  const days = (): DynamoDbDays =>
    new DynamoDbDays({ client: dynamoDb.client, tableName: dynamoDb.tables.days });

  test('the first to open a day fixes its expiry, also when many are first', async () => {
    const records = await Promise.all(
      [1, 2, 3, 4].map((expiresAtMs) => days().open('2026-11-21', expiresAtMs)),
    );

    expect(new Set(records.map(({ expiresAtMs }) => expiresAtMs)).size).toBe(1);
    expect(await days().open('2026-11-21', 99)).toEqual({ ...records[0], isSealed: false });
    expect(await days().find('2026-11-21')).toEqual(records[0]);
    expect(await days().find('2026-11-22')).toBeNull();
  });

  test('a day is looked up without a write', async () => {
    await days().open('2026-11-21', 1);
    dynamoDb.proxy.calls.length = 0;
    await days().open('2026-11-21', 1);

    expect(dynamoDb.proxy.calls).toMatchObject([{ operation: 'GetItem', body: { ConsistentRead: true } }]);
  });

  test('a sealed day says so, and the newest sealed day is known', async () => {
    expect(await days().sealedThrough()).toBeNull();
    const put = (Item: Record<string, { S: string } | { N: string }>) =>
      dynamoDb.client.send(new PutItemCommand({ TableName: dynamoDb.tables.days, Item }));
    await put({
      kind: { S: 'day' },
      name: { S: '2026-11-20' },
      state: { S: 'sealed' },
      expiresAtMs: { N: '5' },
    });
    await put({ kind: { S: 'progress' }, name: { S: 'sealed-through' }, day: { S: '2026-11-20' } });

    expect(await days().open('2026-11-20', 9)).toEqual({ day: '2026-11-20', isSealed: true, expiresAtMs: 5 });
    expect(await days().sealedThrough()).toBe('2026-11-20');
  });
});

describe('DynamoDbSettings', () => {
  const store = (): DynamoDbSettings =>
    new DynamoDbSettings({ client: dynamoDb.client, tableName: dynamoDb.tables.days });
  const FIRST: Settings = {
    formatVersion: 1,
    laneCount: 64,
    sliceMs: 300_000,
    lateness: [{ fromDay: '0000-01-01', latenessMs: 3_600_000 }],
  };
  const SECOND: Settings = {
    ...FIRST,
    lateness: [...FIRST.lateness, { fromDay: '2026-11-22', latenessMs: 7_200_000 }],
  };

  test('are created once', async () => {
    expect(await store().read()).toBeNull();
    expect(await store().create(FIRST)).toBe(true);
    expect(await store().create(SECOND)).toBe(false);
    expect(await store().read()).toEqual(FIRST);
  });

  test('are replaced only as they were read', async () => {
    await store().create(FIRST);

    expect(await store().replace(SECOND, FIRST)).toBe(false);
    expect(await store().replace({ ...FIRST, laneCount: 32 }, SECOND)).toBe(false);
    expect(await store().replace(FIRST, SECOND)).toBe(true);
    expect(await store().replace(FIRST, SECOND)).toBe(false);
    expect(await store().read()).toEqual(SECOND);
  });
});
