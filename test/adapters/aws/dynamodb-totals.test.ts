import { DynamoDbTotals } from '../../../adapters/aws/dynamodb-totals.js';
import type { DayTotal } from '../../../core/ports.js';
import { beginRun } from '../../contract/audit-store.js';
import { collect } from '../../support/collect.js';
import { dynamoDbAuditStore } from '../../support/dynamodb-audit-store.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const dynamoDb = useDynamoDb();
const totals = (): DynamoDbTotals =>
  new DynamoDbTotals({ client: dynamoDb.client, tableName: dynamoDb.tables.totals });

const total = (day: string): DayTotal => ({
  day,
  value: -5,
  events: 7,
  hours: [
    { hour: 0, value: 4, events: 4 },
    { hour: 23, value: -9, events: 3 },
  ],
  isAdjusted: day.endsWith('2'),
});

async function write(counter: string, day: string): Promise<void> {
  const { ledger, writer } = dynamoDbAuditStore(dynamoDb.client, dynamoDb.tables);
  const through = { value: Number(day.slice(8)), events: 40 };
  await writer.putTotals(await beginRun({ ledger }, day), [{ counter, ...total(day), through }]);
}

test('days come back as they were written, in order, between inclusive bounds', async () => {
  for (const day of ['2026-11-03', '2026-11-01', '2026-11-02', '2026-11-04']) await write('a', day);
  await write('b', '2026-11-02');

  const range = { counter: 'a', fromDay: '2026-11-02', toDay: '2026-11-03', consistency: 'strong' } as const;
  expect(await collect(totals().readTotals(range))).toEqual([total('2026-11-02'), total('2026-11-03')]);
  expect(await collect(totals().readTotals({ counter: 'a', consistency: 'eventual' }))).toHaveLength(4);
  const backwards = { ...range, fromDay: '2026-11-04', toDay: '2026-11-03' };
  expect(await collect(totals().readTotals(backwards))).toEqual([]);
  expect(dynamoDb.proxy.calls.slice(-2).map(({ body }) => body['ConsistentRead'])).toEqual([true, false]);
});

test('what was sealed through a day is the newest item at or before it', async () => {
  await write('a', '2026-11-01');
  await write('a', '2026-11-03');
  const read = (day: string) => totals().readThrough({ counter: 'a', day, consistency: 'strong' });
  expect(await read('2026-10-31')).toEqual({ value: 0, events: 0 });
  expect(await read('2026-11-02')).toEqual({ value: 1, events: 40 });
  expect(await read('2027-01-01')).toEqual({ value: 3, events: 40 });
});
