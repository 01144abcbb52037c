import { DynamoDbKeys } from '../../../adapters/aws/dynamodb-keys.js';
import type { KeyRecord } from '../../../core/keys.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const dynamoDb = useDynamoDb();
const keys = (): DynamoDbKeys =>
  new DynamoDbKeys({ client: dynamoDb.client, tableName: dynamoDb.tables.keys });

const KEY: KeyRecord = { id: 'k1', secretHash: 'ab', scopes: ['read', 'ingest'], createdAtMs: 2 };

test('a key is created once, found and listed as it was given', async () => {
  const bound: KeyRecord = { ...KEY, id: 'k0', sourcePattern: 'web-*', label: 'web', createdAtMs: 3 };

  expect(await keys().create(KEY)).toBe(true);
  expect(await keys().create({ ...bound, id: 'k1' })).toBe(false);
  expect(await keys().create(bound)).toBe(true);
  expect(await keys().find('k1')).toEqual(KEY);
  expect(await keys().find('k0')).toEqual(bound);
  expect(await keys().find('k9')).toBeNull();
  expect(await keys().list()).toEqual([KEY, bound]);
});

test('revoking twice keeps the first instant, and makes no key', async () => {
  await keys().create(KEY);

  expect(await keys().revoke('k1', 10)).toBe(true);
  expect(await keys().revoke('k1', 20)).toBe(true);
  expect(await keys().revoke('k9', 20)).toBe(false);
  expect(await keys().list()).toEqual([{ ...KEY, revokedAtMs: 10 }]);
});
