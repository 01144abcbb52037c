/** A run that is cut into parts, over the real stores: together they are the whole, and one that is missing is found. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AuditRun, RunParts, WorkTable } from '../../../core/audit/run.js';
import { ONE_PART, partNumbers, workFolder } from '../../../core/audit/run.js';
import { readAdjusted, readSnapshotNotes } from '../../../core/audit/run-notes.js';
import { snapshotJournals, snapshotShards, writeJournalIds } from '../../../core/audit/snapshot.js';
import { AuditEngine } from '../../audit/audit-engine.js';
import { collect } from '../../support/collect.js';

const DAY = '2026-11-20';
const HOUR = `${DAY}T07`;

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  const subjects = Array.from({ length: 20 }, (_, index) => `s${index}`);
  await engine.send(subjects.map((subject) => ({ id: subject, time: `${HOUR}:10:00Z`, subject })));
  await engine.pump();
});
afterEach(() => engine.dispose());

function runOf(parts: Partial<RunParts>, runNumber: number): AuditRun {
  const expiresAtMs = Date.parse('2027-01-01T00:00:00Z');
  const fence = { day: DAY, runNumber };
  return { fence, expiresAtMs, isOpen: false, trust: null, parts: { ...ONE_PART, ...parts } };
}

async function takeSnapshot(run: AuditRun): Promise<void> {
  const { journals, shards, scan, files: work } = engine.ports;
  const { laneCount } = engine.options.settings;
  for (const part of partNumbers(run, 'lanes')) {
    await snapshotJournals({ journals, shards, work }, run, { part, laneCount });
    await writeJournalIds({ journals, work }, run, { part, hours: [HOUR], laneCount });
  }
  for (const part of partNumbers(run, 'shards')) await snapshotShards({ scan, work }, run, part);
}

/** All rows of a table, in order. */
async function rowsOf(run: AuditRun, table: WorkTable): Promise<string[]> {
  const names = await engine.ports.files.list(workFolder(run.fence, table));
  const texts = names.map((name) =>
    gunzipSync(readFileSync(join(engine.directory, 'audit', name))).toString(),
  );
  return texts.flatMap((text) => text.split('\n').slice(0, -1)).sort();
}

test.each([2, 3, 4])('%d parts of the lanes are together what one is', async (lanes) => {
  const whole = runOf({}, 1);
  const cut = runOf({ lanes }, 2);
  await takeSnapshot(whole);
  await takeSnapshot(cut);
  for (const table of ['snapshot', 'journalIds'] as const) {
    const rows = await rowsOf(whole, table);
    expect(rows.length).toBeGreaterThanOrEqual(20);
    expect(await rowsOf(cut, table)).toEqual(rows);
  }
});

test.each(['notes/lanes-001.json', 'notes/shards-000.json'])(
  'a part that was cut off is an error: %s',
  async (note) => {
    const run = runOf({ lanes: 2 }, 1);
    await takeSnapshot(run);
    const all = { value: 40, events: 40 };
    const notes = { corruptEntryCounts: new Map(), journaled: all, counted: all };
    await expect(readSnapshotNotes(engine.ports.files, run)).resolves.toEqual(notes);
    rmSync(join(engine.directory, 'audit', `dt=${DAY}/run=1/${note}`));
    await expect(readSnapshotNotes(engine.ports.files, run)).rejects.toMatchObject({
      code: 'audit_failed',
      message: expect.stringContaining(note) as string,
    });
  },
);

test('adjustments are noted by part, and read from all of them', async () => {
  const run = runOf({ shards: 2 }, 1);
  const hourStartMs = Date.parse(`${HOUR}:00:00Z`);
  const { files: work } = engine.ports;
  const scanOf = (counters: readonly string[]) => ({
    scanDay: async function* () {
      for (const counter of counters)
        yield { counter, hourStartMs, isAdjustment: true, sum: { value: 1, events: 1 } };
    },
  });
  // More than one file holds.
  const many = Array.from({ length: 50_001 }, (_, index) => `used/${index}`);
  await snapshotShards({ scan: scanOf(many), work }, run, 0);
  await snapshotShards({ scan: scanOf(['last']), work }, run, 1);
  const places = await collect(readAdjusted(work, run));
  expect(places).toHaveLength(50_002);
  expect(new Set(places.map(({ counter }) => counter))).toEqual(new Set([...many, 'last']));
  expect(places.at(-1)).toEqual({ counter: 'last', hour: HOUR });
});
