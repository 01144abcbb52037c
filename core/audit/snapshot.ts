/** Settle a day's journals and write down what journals and counter shards say, as rows for SQL. */
import { getOrMake } from '../get-or-make.js';
import type { CounterShards, JournalStore } from '../ports.js';
import { ZERO_SUM, addSums, type Sum } from '../query/sums.js';
import { dayEndMs, dayStartMs, formatInstant, HOUR_MS, type Day } from '../time.js';
import type { AuditFiles, ShardScan } from './ports.js';
import { isEntrySound, readJournals } from './read-journals.js';
import type { HourName } from './reconciler.js';
import { lanesOf, partName, workFile, type AuditRun } from './run.js';
import { adjustedFile, writeJournalsNote, writeShardsNote } from './run-notes.js';
import { pieces } from './text-files.js';

export const hourNameOf = (ms: number): HourName => formatInstant(ms).slice(0, 13);

export const hourStartMsOf = (hour: HourName): number => Date.parse(`${hour}:00:00.000Z`);

export function* hoursOf(day: Day): Iterable<number> {
  for (let ms = dayStartMs(day); ms < dayEndMs(day); ms += HOUR_MS) yield ms;
}

export interface SnapshotJournalsPorts {
  readonly journals: JournalStore;
  readonly shards: CounterShards;
  readonly work: AuditFiles;
}

/**
 * Settle the journals of a part of the lanes, and write their rows: counter, hour, journaledValue, journaledEvents, 0, 0, between tabs.
 *
 * A counter's hour has a row for each lane that journaled it and one for each shard: SQL adds them up. So memory holds one
 * lane's hour at a time, however many counters the day has. Settling is idempotent and done with the store's own `apply`. All
 * parts must have settled before any shard is scanned.
 *
 * Shape: tab-separated text; no name holds a tab, since control characters are refused in what is counted.
 */
export async function snapshotJournals(
  { journals, shards, work }: SnapshotJournalsPorts,
  run: AuditRun,
  { part, laneCount }: { part: number; laneCount: number },
): Promise<void> {
  const found: JournalsFound = { settledJournalCount: 0, journaled: ZERO_SUM, corruptEntryCounts: {} };
  async function* rows(): AsyncIterable<string> {
    for (const hourStartMs of hoursOf(run.fence.day)) {
      for (const lane of lanesOf(run, part, laneCount)) {
        const laneHour = { lane, hourStartMs, expiresAtMs: run.expiresAtMs };
        yield await journalRows({ journals, shards }, laneHour, found);
      }
    }
  }
  await work.write(workFile(run.fence, 'snapshot', partName('lanes', part)), rows());
  await writeJournalsNote(work, run, part, found);
}

/** Adjustments are few; should they ever be many, they go to files of so many lines and not into memory. */
const ADJUSTED_LINES_MAX = 50_000;

/** Write the rows of a part of the counter shards: counter, hour, 0, 0, countedValue, countedEvents. Adjustments are noted apart. */
export async function snapshotShards(
  { scan, work }: { scan: ShardScan; work: AuditFiles },
  run: AuditRun,
  part: number,
): Promise<void> {
  let adjusted: string[] = [];
  let counted = ZERO_SUM;
  let adjustedFileCount = 0;
  const flush = async (): Promise<void> => {
    await work.write(adjustedFile(run, part, adjustedFileCount), pieces(...adjusted));
    adjustedFileCount++;
    adjusted = [];
  };
  async function* rows(): AsyncIterable<string> {
    for await (const { counter, hourStartMs, isAdjustment, sum } of scan.scanDay(run.fence.day)) {
      const hour = hourNameOf(hourStartMs);
      if (isAdjustment) {
        if (adjusted.push(`${counter}\t${hour}\n`) >= ADJUSTED_LINES_MAX) await flush();
        continue;
      }
      counted = addSums(counted, sum);
      yield `${counter}\t${hour}\t0\t0\t${sum.value}\t${sum.events}\n`;
    }
  }
  await work.write(workFile(run.fence, 'snapshot', partName('shards', part)), rows());
  if (adjusted.length > 0) await flush();
  await writeShardsNote(work, run, part, { counted, adjustedFileCount });
}

interface JournalsFound {
  settledJournalCount: number;
  journaled: Sum;
  readonly corruptEntryCounts: Record<HourName, number>;
}

interface LaneHour {
  readonly lane: number;
  readonly hourStartMs: number;
  readonly expiresAtMs: number;
}

async function journalRows(
  { journals, shards }: Omit<SnapshotJournalsPorts, 'work'>,
  { lane, hourStartMs, expiresAtMs }: LaneHour,
  found: JournalsFound,
): Promise<string> {
  const sums = new Map<string, { value: number; events: number }>();
  const hour = hourNameOf(hourStartMs);
  for await (const { journal, entries } of readJournals(journals, { lane, hourStartMs })) {
    const newest = entries.at(-1);
    if (newest !== undefined) await shards.apply(journal, newest.number, newest.increments, expiresAtMs);
    found.settledJournalCount++;
    for (const entry of entries) {
      if (!isEntrySound(entry)) found.corruptEntryCounts[hour] = (found.corruptEntryCounts[hour] ?? 0) + 1;
      for (const { counter, minutes } of entry.increments) {
        const sum = getOrMake(sums, counter, () => ({ value: 0, events: 0 }));
        for (const { value, events } of minutes) {
          sum.value += value;
          sum.events += events;
        }
      }
    }
  }
  for (const sum of sums.values()) found.journaled = addSums(found.journaled, sum);
  return [...sums]
    .map(([counter, { value, events }]) => `${counter}\t${hour}\t${value}\t${events}\t0\t0\n`)
    .join('');
}

/** Write the ids of some hours' journals, of a part of the lanes: hour, slice, id in upper-case hex, between tabs. */
export async function writeJournalIds(
  { journals, work }: Omit<SnapshotJournalsPorts, 'shards'>,
  run: AuditRun,
  { part, hours, laneCount }: { part: number; hours: readonly HourName[]; laneCount: number },
): Promise<void> {
  const lanes = lanesOf(run, part, laneCount);
  await work.write(
    workFile(run.fence, 'journalIds', partName('lanes', part)),
    journalIdRows(journals, { hours, lanes }),
  );
}

async function* journalIdRows(
  journals: JournalStore,
  { hours, lanes }: { hours: readonly HourName[]; lanes: readonly number[] },
): AsyncIterable<string> {
  for (const hour of hours) {
    const hourStartMs = hourStartMsOf(hour);
    for (const lane of lanes) {
      for await (const { journal, entries } of readJournals(journals, { lane, hourStartMs })) {
        const slice = formatInstant(journal.sliceStartMs).slice(0, 16);
        for (const { ids } of entries) yield idRows(`${hour}\t${slice}\t`, ids);
      }
    }
  }
}

const HEX_PER_ID = 32;

function idRows(head: string, ids: Uint8Array): string {
  const hex = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('hex').toUpperCase();
  let rows = '';
  for (let at = 0; at < hex.length; at += HEX_PER_ID) rows += `${head}${hex.slice(at, at + HEX_PER_ID)}\n`;
  return rows;
}
