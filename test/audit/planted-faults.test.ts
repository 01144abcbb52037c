import { copyFileSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ShardKey } from '../../adapters/embedded/open-data.js';
import { actFile } from '../../core/audit/act.js';
import { encodeChunk } from '../../core/chunk.js';
import { formatArchiveLine } from '../../core/archive-line.js';
import { hasUnexplainedChunks, type DayReport } from '../../core/audit/report.js';
import { tallyEvent } from '../factories.js';
import { AuditEngine } from './audit-engine.js';

const DAY = '2026-11-20';
const HOUR_MS = Date.parse(`${DAY}T07:00:00Z`);

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  // Two requests, hence two chunks, and a file each.
  await engine.send([
    { id: '1', time: `${DAY}T07:00:00Z`, subject: 'a', value: 5 },
    { id: '2', time: `${DAY}T07:59:00Z`, subject: 'b', value: -2 },
  ]);
  await engine.pump();
  await engine.send([{ id: '3', time: `${DAY}T07:30:00Z`, subject: 'a', value: 7 }]);
});
afterEach(() => engine.dispose());

/** Everything is counted and archived, and the day has closed. */
async function close(): Promise<void> {
  await engine.pump();
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
}

const audit = (): Promise<DayReport> => engine.audit(DAY);

async function changeShard(counter: string, byValue: number, byEvents: number): Promise<void> {
  const { shards } = engine.countData;
  for (const { key, value } of shards.getRange({})) {
    if (key[1] !== counter || key[2] === 'audit') continue;
    const item = [...value];
    item[item.length - 2] = (item[item.length - 2] ?? 0) + byValue;
    item[item.length - 1] = (item[item.length - 1] ?? 0) + byEvents;
    await shards.put(key, item);
    return;
  }
  throw new Error(`no shard of ${counter}`);
}

const shardKeysOf = (counter: string): ShardKey[] =>
  Array.from(engine.countData.shards.getKeys({})).filter((key) => key[1] === counter);

const receiptFile = (): string => {
  const folder = join(engine.directory, 'receipts', `dt=${DAY}`);
  return join(folder, readdirSync(folder)[0] ?? '');
};

const SEALED_RIGHT = { outcome: 'sealed', total: { value: 10, events: 3 } };

describe('counters', () => {
  test('a shard one too high is corrupt, and adjusted to the journal', async () => {
    await close();
    await changeShard('used/a', 1, 1);
    expect(await audit()).toMatchObject({
      ...SEALED_RIGHT,
      driftCount: 1,
      driftValue: 1,
      drift: [
        {
          counter: 'used/a',
          hour: `${DAY}T07`,
          verdicts: ['counter_corrupt'],
          target: { value: 12, events: 2 },
        },
      ],
    });
    // Minutes still come from shards, and the audit is one more shard.
    const minutes = await engine.query('used', { subject: 'a', granularity: 'PT1M', from: DAY });
    expect(minutes).toMatchObject({ value: 12, events: 2 });
    expect(await engine.query('used', { subject: 'a', granularity: 'P1D' })).toMatchObject({
      value: 12,
      rows: [{ status: 'adjusted' }],
    });
  });

  test('a deleted shard is corrupt, and adjusted to the journal', async () => {
    // Two entries: settling gives back the newest one only.
    await engine.count();
    await engine.send([{ id: '8', time: `${DAY}T07:59:00Z`, subject: 'b', value: 0 }]);
    await close();
    for (const key of shardKeysOf('used/b')) await engine.countData.shards.remove(key);
    expect(await audit()).toMatchObject({
      outcome: 'sealed',
      total: { value: 10, events: 4 },
      drift: [
        {
          counter: 'used/b',
          verdicts: ['counter_corrupt'],
          counted: { events: 1 },
          target: { value: -2, events: 2 },
        },
      ],
    });
    expect(await engine.query('used', { subject: 'b', granularity: 'PT1M', from: DAY })).toMatchObject({
      value: -2,
      events: 2,
    });
  });

  test('a phantom counter is found, and adjusted to nothing', async () => {
    await close();
    const [key] = shardKeysOf('used/a');
    const item = engine.countData.shards.get(key as ShardKey) ?? [];
    await engine.countData.shards.put([HOUR_MS, 'phantom', 0], item);
    expect(await audit()).toMatchObject({
      ...SEALED_RIGHT,
      drift: [{ counter: 'phantom', verdicts: ['counter_corrupt'], target: { value: 0, events: 0 } }],
    });
    expect(await engine.query('phantom')).toMatchObject({ value: 0, events: 0 });
    expect(await engine.query('phantom', { granularity: 'PT1M', from: DAY })).toMatchObject({
      value: 0,
      events: 0,
    });
  });

  test('a journal entry applied twice is found', async () => {
    await close();
    const journal = { lane: 0, sliceStartMs: 0 };
    const entries = Array.from(engine.countData.journal.getRange({ limit: 1 }));
    const [sliceStartMs, lane] = entries[0]?.key ?? [0, 0];
    const [entry] = await engine.ports.journals.readAfter({ ...journal, lane, sliceStartMs }, 0);
    for (const key of Array.from(engine.countData.shards.getKeys({}))) {
      const item = [...(engine.countData.shards.get(key) ?? [])];
      item.fill(0, 1, 13);
      await engine.countData.shards.put(key, item);
    }
    await engine.ports.shards.apply(
      { lane, sliceStartMs },
      1,
      entry?.increments ?? [],
      Number.MAX_SAFE_INTEGER,
    );
    const report = await audit();
    expect(report).toMatchObject(SEALED_RIGHT);
    expect(report.drift.length).toBeGreaterThan(0);
    for (const { verdicts } of report.drift) expect(verdicts).toEqual(['counter_corrupt']);
  });

  test('a worker that died between append and apply leaves no drift: the audit settles', async () => {
    const dying = { apply: () => Promise.reject(new Error('killed')) };
    const shards = engine.ports.shards;
    Object.assign(engine.ports, { shards: dying });
    engine.restartCounting();
    await expect(engine.count()).rejects.toThrow('killed');
    Object.assign(engine.ports, { shards });
    await engine.skipCounting();
    engine.restartCounting();
    await close();
    expect(await audit()).toMatchObject({ ...SEALED_RIGHT, driftCount: 0 });
    expect(await engine.query('used', { granularity: 'PT1M', from: DAY })).toMatchObject({
      value: 10,
      events: 3,
    });
  });
});

describe('the archive', () => {
  test('a deleted file: the archive lost data, the journal is kept and the seal says so', async () => {
    await close();
    rmSync(engine.archiveFiles()[1] ?? '');
    const report = await audit();
    expect(report).toMatchObject({
      ...SEALED_RIGHT,
      driftCount: 0,
      isArchiveIncomplete: true,
      incompleteChunkCount: 1,
    });
    expect(report.drift.map(({ counter, verdicts }) => [counter, ...verdicts]).sort()).toEqual([
      ['used', 'archive_lost'],
      ['used/a', 'archive_lost'],
    ]);
  });

  test('a duplicated file is no drift', async () => {
    await close();
    const [file = ''] = engine.archiveFiles();
    copyFileSync(file, file.replace('.ndjson.gz', '-copy.ndjson.gz'));
    expect(await audit()).toMatchObject({
      ...SEALED_RIGHT,
      driftCount: 0,
      incompleteChunkCount: 0,
      drift: [],
    });
  });

  test('a truncated file: what is left is read, the rest is a loss of the archive', async () => {
    await close();
    const [file = ''] = engine.archiveFiles();
    truncateSync(file, readFileSync(file).length - 60);
    expect(await audit()).toMatchObject({ ...SEALED_RIGHT, isArchiveIncomplete: true, driftCount: 0 });
  });

  test('a file that is no gzip any more stops the audit, which names it', async () => {
    await close();
    const [file = ''] = engine.archiveFiles();
    writeFileSync(file, 'not gzip at all');
    await expect(audit()).rejects.toMatchObject({
      code: 'audit_failed',
      message: expect.stringContaining(file) as string,
    });
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  });

  test('lines that are not JSON, or hold a lone surrogate, are counted and stop nothing', async () => {
    await close();
    const [file = ''] = engine.archiveFiles();
    const more = gzipSync('not json\n{"id":"\\ud800","type":"used"}\n[1]\n');
    writeFileSync(file, Buffer.concat([readFileSync(file), more]));
    expect(await audit()).toMatchObject({ ...SEALED_RIGHT, driftCount: 0, lines: { badLineCount: 3 } });
  });

  test('a body that came later under the same identity is a conflict: the first to arrive is sealed', async () => {
    await close();
    const line = formatArchiveLine(
      tallyEvent({
        id: '3',
        source: 'test',
        type: 'used',
        subject: 'a',
        timeMs: Date.parse(`${DAY}T07:30:00Z`),
        value: 4,
      }),
      { receivedAtMs: Date.parse(`${DAY}T07:45:00Z`), chunkId: 'conflict', position: 0 },
    );
    const [file = ''] = engine.archiveFiles();
    writeFileSync(file, Buffer.concat([readFileSync(file), encodeChunk([line])]));
    const report = await audit();
    expect(report).toMatchObject({
      outcome: 'sealed',
      total: { value: 7, events: 3 },
      findings: { conflict: 2 },
    });
    expect(await engine.query('used', { granularity: 'PT1M', from: DAY })).toMatchObject({
      value: 7,
      events: 3,
    });
  });
});

describe('both readers', () => {
  test('a chunk that was never counted is added, from the archive', async () => {
    await engine.skipCounting();
    await close();
    const report = await audit();
    expect(report).toMatchObject({
      ...SEALED_RIGHT,
      driftCount: 2,
      driftValue: 14,
      findings: { never_counted: 2 },
    });
    expect(await engine.query('used')).toMatchObject({ value: 10, events: 3 });
    expect(await engine.query('used', { granularity: 'PT1M', from: DAY })).toMatchObject({
      value: 10,
      events: 3,
    });
  });

  test('a loss in each that cancels is named twice', async () => {
    // Of one counter, hour and value: 3 is never counted, 4 is lost by the archive.
    await engine.skipCounting();
    await engine.archiveAll();
    await engine.send([{ id: '4', time: `${DAY}T07:31:00Z`, subject: 'a', value: 7 }]);
    await close();
    rmSync(engine.archiveFiles()[2] ?? '');
    const report = await audit();
    expect(report).toMatchObject({
      outcome: 'sealed',
      total: { value: 17, events: 4 },
      isArchiveIncomplete: true,
    });
    expect(report.drift).toHaveLength(2);
    for (const { verdicts } of report.drift) expect(verdicts).toEqual(['never_counted', 'archive_lost']);
  });
});

describe('values', () => {
  test('that are negative, or cancel to nothing, are audited like any other', async () => {
    await engine.count();
    await engine.send([
      { id: 'minus', time: `${DAY}T07:30:00Z`, subject: 'c', value: -1_000_000 },
      { id: 'zero', time: `${DAY}T07:31:00Z`, subject: 'd', value: 0 },
    ]);
    await engine.send([
      { id: 'up', time: `${DAY}T07:32:00Z`, subject: 'e', value: 9 },
      { id: 'down', time: `${DAY}T07:33:00Z`, subject: 'e', value: -9 },
    ]);
    await engine.archiveAll();
    await engine.skipCounting();
    await close();
    // Of e, the value agrees by chance: only its events tell.
    expect(await audit()).toMatchObject({
      outcome: 'sealed',
      total: { value: 10 - 1_000_000, events: 7 },
      findings: { never_counted: 4 },
    });
    for (const [subject, sum] of Object.entries({
      c: { value: -1_000_000, events: 1 },
      d: { value: 0, events: 1 },
      e: { value: 0, events: 2 },
    }))
      for (const parameters of [{}, { granularity: 'PT1M', from: DAY }])
        expect(await engine.query('used', { subject, ...parameters })).toMatchObject(sum);
  });
});

describe('journals', () => {
  test('an entry that holds more than the archive, with all receipts, is held until an operator decides', async () => {
    await close();
    const lines = gunzipSync(readFileSync(engine.archiveFiles()[1] ?? '')).toString();
    rmSync(engine.archiveFiles()[1] ?? '');
    const chunkOf = (line: string): string => /"chunk":"([^"]+)"/.exec(line)?.[1] ?? 'none';
    const receipts = readFileSync(receiptFile(), 'utf8').split('\n');
    const others = receipts.filter((line) => chunkOf(line) !== chunkOf(lines));
    writeFileSync(receiptFile(), others.join('\n'));
    expect(await audit()).toMatchObject({ outcome: 'held', findings: { over_count: 3 } });
    // A nightly round says so in a metric, each night: it is an alarm.
    expect(await engine.auditDue()).toMatchObject([{ outcome: 'held' }]);
    expect(engine.metrics).toContainEqual({ name: 'auditDoubtsCount', by: 1 });
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
    expect(await engine.audit(DAY, 'archive')).toMatchObject({
      outcome: 'sealed',
      trust: 'archive',
      total: { value: 3, events: 2 },
    });
    expect(await engine.query('used', { granularity: 'PT1M', from: DAY })).toMatchObject({
      value: 3,
      events: 2,
    });
  });

  test('the same, trusting the journal', async () => {
    await close();
    rmSync(engine.archiveFiles()[1] ?? '');
    rmSync(receiptFile());
    expect(await audit()).toMatchObject({ outcome: 'held' });
    expect(await engine.audit(DAY, 'journal')).toMatchObject({ ...SEALED_RIGHT, trust: 'journal' });
  });

  test('an entry whose parts disagree is held', async () => {
    await close();
    const [first] = Array.from(engine.countData.journal.getRange({ limit: 1 }));
    if (first === undefined) throw new Error('no entry');
    const [expiresAtMs, eventCount, ids, increments] = first.value;
    await engine.countData.journal.put(first.key, [expiresAtMs, eventCount + 1, ids, increments]);
    const report = await audit();
    expect(report).toMatchObject({
      outcome: 'held',
      hours: [{ verdicts: ['entry_corrupt'], corruptEntryCount: 1 }],
    });
  });

  test('a gap in a journal stops the audit', async () => {
    await engine.send([{ id: '5', time: `${DAY}T07:00:00Z`, subject: 'a' }]);
    await close();
    const keys = Array.from(engine.countData.journal.getKeys({}));
    const withTwo = keys.find((key) => key[2] === 2);
    if (withTwo === undefined) throw new Error('no journal of two entries');
    await engine.countData.journal.remove([withTwo[0], withTwo[1], 1]);
    await expect(audit()).rejects.toMatchObject({ code: 'journal_gap' });
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  });
});

describe('receipts', () => {
  test('a receipt without a chunk, and nothing to explain it, is held', async () => {
    await close();
    const [line = ''] = readFileSync(receiptFile(), 'utf8').split('\n');
    writeFileSync(
      receiptFile(),
      `${readFileSync(receiptFile(), 'utf8')}${line.replace(/chunk-\d+-\d+/, 'lost')}\n`,
    );
    expect(await audit()).toMatchObject({
      outcome: 'held',
      incompleteChunks: [{ chunkId: 'lost' }],
      hours: [{ verdicts: ['receipt_incomplete'] }],
    });
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  });

  test('a chunk without a receipt is a number in the report, and no alarm as long as the failure is known', async () => {
    const put = engine.receipts.put.bind(engine.receipts);
    engine.receipts.put = () => Promise.reject(new Error('disk full'));
    await engine.send([{ id: '6', time: `${DAY}T07:01:00Z` }]);
    engine.receipts.put = put;
    await engine.send([{ id: '7', time: `${DAY}T07:02:00Z` }]);
    await close();
    expect(await audit()).toMatchObject({
      outcome: 'sealed',
      driftCount: 0,
      unwitnessedChunkCount: 1,
      failedReceiptCount: 1,
    });
    expect(engine.metrics).toContainEqual({ name: 'receiptsFailedCount', by: 1 });
  });

  test('more chunks without a receipt than are known to have failed want a look, and hold nothing up', async () => {
    await close();
    rmSync(receiptFile());
    const report = await audit();
    expect(report).toMatchObject({ ...SEALED_RIGHT, unwitnessedChunkCount: 2, failedReceiptCount: 0 });
    expect(hasUnexplainedChunks(report)).toBe(true);
  });
});

describe('what is sealed', () => {
  const fileOf = (name: string): string => join(engine.directory, 'audit', name);

  beforeEach(async () => {
    await close();
    await audit();
  });

  test('verifies as it was sealed', async () => {
    expect(await engine.verify()).toMatchObject({ actCount: 1, counterCount: 3, problems: [] });
  });

  test('a tampered totals file is found', async () => {
    const totals = fileOf(`dt=${DAY}/run=1/totals.ndjson`);
    writeFileSync(totals, readFileSync(totals, 'utf8').replace('"value":10', '"value":11'));
    const { problems } = await engine.verify();
    expect(problems[0]).toMatchObject({ what: `dt=${DAY}/run=1/totals.ndjson` });
  });

  test('a tampered stored total is found', async () => {
    const { totals } = engine.countData;
    const [, ...rest] = totals.get(['used', DAY]) ?? [0, 0, false, [], 0, 0];
    await totals.put(['used', DAY], [11, ...rest]);
    expect((await engine.verify()).problems).toEqual([expect.objectContaining({ what: `used on ${DAY}` })]);
  });

  test.each([
    ['its content', (text: string) => text.replace('"events":3', '"events":4')],
    ['its form', (text: string) => text.replace('{', '{ ')],
  ])('a tampered manifest is found: %s', async (_what, change) => {
    const manifest = fileOf(actFile(1));
    writeFileSync(manifest, change(readFileSync(manifest, 'utf8')));
    expect((await engine.verify()).problems).not.toEqual([]);
  });

  test('a missing act is found', async () => {
    engine.clock.set(Date.parse('2026-11-22T03:00:00Z'));
    expect(await engine.auditDue()).toMatchObject([{ outcome: 'sealed' }]);
    rmSync(fileOf(actFile(1)));
    expect((await engine.verify()).problems.length).toBeGreaterThan(0);
  });

  test('events of the day are refused from then on, and asking again changes nothing', async () => {
    const before = await engine.verify();
    expect(await audit()).toMatchObject({ outcome: 'sealed', actSequence: 1 });
    expect(await engine.verify()).toEqual(before);
  });
});
