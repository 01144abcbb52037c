/** An audit over the real DynamoDB stores that hangs, while a newer one seals the day. */
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { auditDay, type AuditPorts } from '../../../core/audit/audit-day.js';
import { FenceLostError } from '../../../core/audit/ports.js';
import { COUNTERS_TABLE } from '../../../core/table-schema.js';
import { DAY } from '../../contract/audit-store.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import {
  AUDIT_OPTIONS,
  auditUntilSealed,
  expectSealedTruth,
  portsOfEventfulDay,
} from '../../support/eventful-day.js';

const dynamoDb = useDynamoDb();

/** A disk, or a person, takes away what was counted. */
async function loseShardsOf(counter: string): Promise<void> {
  const TableName = dynamoDb.tables.counters;
  const { partitionKey, sortKey } = COUNTERS_TABLE;
  const { Items = [] } = await dynamoDb.client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  for (const { [partitionKey.name]: name, [sortKey.name]: shard } of Items) {
    if (name?.S !== counter || shard === undefined) continue;
    const Key = { [partitionKey.name]: name, [sortKey.name]: shard };
    await dynamoDb.client.send(new DeleteItemCommand({ TableName, Key }));
  }
}

test('a run that hangs while a newer one finds more and seals writes nothing any more', async () => {
  const ports = await portsOfEventfulDay(dynamoDb);
  const [hangs, isSealed] = [deferred(), deferred()];
  const slow: AuditPorts = {
    ...ports,
    writer: {
      putTotals: (...given) => ports.writer.putTotals(...given),
      removeTotals: (...given) => ports.writer.removeTotals(...given),
      putTop: (...given) => ports.writer.putTop(...given),
      putAdjustments: async (...given) => {
        hangs.resolve();
        await isSealed.promise;
        await ports.writer.putAdjustments(...given);
      },
    },
  };
  const overtaken = expect(auditDay(slow, AUDIT_OPTIONS, { day: DAY })).rejects.toThrow(FenceLostError);
  await hangs.promise;
  await loseShardsOf('t');
  await auditUntilSealed(ports);
  isSealed.resolve();

  await overtaken;
  await expectSealedTruth(ports);
}, 60_000);

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
