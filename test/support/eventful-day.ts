/** A day in the real DynamoDB stores that wants an audit. Files and SQL never fail here: they are not what is tried. */
import { DynamoDbCatalog } from '../../adapters/aws/dynamodb-catalog.js';
import { DynamoDbJournal } from '../../adapters/aws/dynamodb-journal.js';
import { formatArchiveLine } from '../../core/archive-line.js';
import { auditDay, type AuditPorts } from '../../core/audit/audit-day.js';
import { FenceLostError } from '../../core/audit/ports.js';
import { verifyChain } from '../../core/audit/verify.js';
import { encodeChunk } from '../../core/chunk.js';
import { Counting } from '../../core/count/count.js';
import { FORMAT_VERSION, type Settings } from '../../core/settings.js';
import { DAY_MS as A_DAY_MS, HOUR_MS, SLICE_MS } from '../../core/time.js';
import { DAY, DAY_MS, NOW_MS } from '../contract/audit-store.js';
import { ReferenceSql, type ArchivedChunk } from '../simulation/audit/reference-sql.js';
import { SimulatedFiles } from '../simulation/audit/simulated-files.js';
import type { Network } from '../simulation/network.js';
import { Process } from '../simulation/process.js';
import { dynamoDbAuditStore } from './dynamodb-audit-store.js';
import type { DynamoDbFixture } from './dynamodb-fixture.js';

const EVENTS = 12;
const EVENTS_PER_CHUNK = 4;
const ATTEMPTS_MAX = 100;
const RECEIVED_AT_MS = DAY_MS + 10 * HOUR_MS;
const SETTINGS: Settings = {
  formatVersion: FORMAT_VERSION,
  laneCount: 1,
  sliceMs: SLICE_MS,
  lateness: [{ fromDay: '0000-01-01', latenessMs: HOUR_MS }],
};
const STREAM_RETENTION_MS = 7 * A_DAY_MS;

const direct: Network = { call: ({ effect }) => Promise.resolve(effect()) };
const caller = new Process('audit', () => undefined);

function makeStack({ client, tables, pacer }: DynamoDbFixture) {
  const store = dynamoDbAuditStore(client, tables);
  const archive: ArchivedChunk[] = [];
  const files = new SimulatedFiles();
  const clock = { nowMs: () => NOW_MS };
  const journals = new DynamoDbJournal({ client, tableName: tables.journal, pacer });
  const counting = new Counting(
    {
      ...store,
      journals,
      catalog: new DynamoDbCatalog({ client, tableName: tables.catalog }),
      rejected: { put: () => Promise.reject(new Error('nothing here is to be rejected')) },
      metrics: { add: () => undefined },
      clock,
    },
    {
      settings: SETTINGS,
      streamRetentionMs: STREAM_RETENTION_MS,
      journalConcurrency: 4,
      commitEventCountMax: 1_000,
      cacheBytesMax: 1_000_000,
    },
  );
  const sql = new ReferenceSql({ archive: () => archive, receipts: () => [], files });
  const ports: AuditPorts = {
    ...store,
    journals,
    files: files.portOf(caller, direct),
    sql: sql.portOf(caller, direct),
    stream: {
      put: async (chunks) => {
        for (const { bytes } of chunks) archive.push({ bytes, arrivedAtMs: NOW_MS });
        await counting.count(chunks);
      },
    },
    clock,
    metrics: { add: () => undefined },
    findSealingDoubt: () => Promise.resolve(null),
  };
  return { ports, archive, counting };
}

function chunkFrom(first: number): Uint8Array {
  const lines = Array.from({ length: EVENTS_PER_CHUNK }, (_, position) => {
    const index = first + position;
    const subject = `s${index % 3}`;
    const event = { id: `e${index}`, source: 's', type: 't', subject, partitionKey: `t/${subject}` };
    const stamp = { receivedAtMs: RECEIVED_AT_MS, chunkId: `c${first}`, position };
    return formatArchiveLine(
      { ...event, timeMs: RECEIVED_AT_MS - index * 60_000, value: index, restJson: '' },
      stamp,
    );
  });
  return encodeChunk(lines);
}

export const AUDIT_OPTIONS = {
  settings: SETTINGS,
  stripeCount: 1,
  streamRetentionMs: STREAM_RETENTION_MS,
  waitForReaders: (waitedCount: number) => Promise.resolve(waitedCount < 3),
};

/** As a schedule does: again and again, until the day is sealed. */
export async function auditUntilSealed(ports: AuditPorts): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if ((await auditDay(ports, AUDIT_OPTIONS, { day: DAY })).outcome === 'sealed') return;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX && !(error instanceof FenceLostError)) throw error;
    }
  }
}

/** Everything is in the archive, and the last chunk was never counted: there is something to adjust. */
export async function portsOfEventfulDay(dynamoDb: DynamoDbFixture): Promise<AuditPorts> {
  const stack = makeStack(dynamoDb);
  for (let first = 0; first < EVENTS; first += EVENTS_PER_CHUNK) {
    const bytes = chunkFrom(first);
    stack.archive.push({ bytes, arrivedAtMs: RECEIVED_AT_MS });
    if (first + EVENTS_PER_CHUNK < EVENTS) await stack.counting.count([{ bytes }]);
  }
  return stack.ports;
}

/** The day is sealed once, with every event in its totals and, adjusted, in its minutes. */
export async function expectSealedTruth({ ledger, totals, counters, files }: AuditPorts): Promise<void> {
  expect(await ledger.sealedThrough()).toBe(DAY);
  expect((await ledger.newestAct())?.sequence).toBe(1);
  const value = (EVENTS * (EVENTS - 1)) / 2;
  const through = await totals.readThrough({ counter: 't', day: DAY, consistency: 'strong' });
  expect(through).toEqual({ value, events: EVENTS });
  let counted = { value: 0, events: 0 };
  for await (const { minutes } of counters.readShards({ counter: 't', consistency: 'strong' })) {
    for (const minute of minutes)
      counted = { value: counted.value + minute.value, events: counted.events + minute.events };
  }
  expect(counted).toEqual({ value, events: EVENTS });
  expect(await verifyChain(files, { ledger, totals })).toMatchObject({ actCount: 1, problems: [] });
}
