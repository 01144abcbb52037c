/** Settle a day's journals and write down what journals and counter shards say, as rows for SQL. */
import { getOrMake } from '../get-or-make.js';
import type { CounterShards, JournalStore } from '../ports.js';
import type { Settings } from '../settings.js';
import { dayEndMs, dayStartMs, formatInstant, HOUR_MS, type Day } from '../time.js';
import type { ShardScan } from './ports.js';
import { isEntrySound, readJournals } from './read-journals.js';
import type { HourName } from './reconciler.js';

export interface SnapshotPorts {
  readonly journals: JournalStore;
  readonly shards: CounterShards;
  readonly scan: ShardScan;
}

export interface SnapshotNotes {
  /** By hour: journal entries whose parts don't agree. */
  readonly corruptEntryCounts: Map<HourName, number>;
  /** Counters and hours that have an adjustment, from a run before: they are written anew, as zero if need be. */
  readonly adjusted: { readonly counter: string; readonly hourStartMs: number }[];
  settledJournalCount: number;
}

export const makeSnapshotNotes = (): SnapshotNotes => ({
  corruptEntryCounts: new Map(),
  adjusted: [],
  settledJournalCount: 0,
});

export const hourNameOf = (ms: number): HourName => formatInstant(ms).slice(0, 13);

export const hourStartMsOf = (hour: HourName): number => Date.parse(`${hour}:00:00.000Z`);

export function* hoursOf(day: Day): Iterable<number> {
  for (let ms = dayStartMs(day); ms < dayEndMs(day); ms += HOUR_MS) yield ms;
}

/**
 * The day's rows: counter, hour, journaledValue, journaledEvents, countedValue, countedEvents, between tabs.
 *
 * A counter's hour has a row for each lane that journaled it and one for each shard: SQL adds them up. So memory holds one
 * lane's hour at a time, however many counters the day has. Settles each journal first (idempotent), with the store's own
 * `apply`, and before any shard is read.
 *
 * Shape: tab-separated text; no name holds a tab, since control characters are refused in what is counted.
 */
export async function* snapshotRows(
  ports: SnapshotPorts,
  { day, settings, expiresAtMs }: { day: Day; settings: Settings; expiresAtMs: number },
  notes: SnapshotNotes,
): AsyncIterable<string> {
  for (const hourStartMs of hoursOf(day)) {
    for (let lane = 0; lane < settings.laneCount; lane++) {
      yield await journalRows(ports, { lane, hourStartMs, expiresAtMs }, notes);
    }
  }
  for await (const { counter, hourStartMs, isAdjustment, sum } of ports.scan.scanDay(day)) {
    if (isAdjustment) notes.adjusted.push({ counter, hourStartMs });
    else yield `${counter}\t${hourNameOf(hourStartMs)}\t0\t0\t${sum.value}\t${sum.events}\n`;
  }
}

interface LaneHour {
  readonly lane: number;
  readonly hourStartMs: number;
  readonly expiresAtMs: number;
}

async function journalRows(
  { journals, shards }: SnapshotPorts,
  { lane, hourStartMs, expiresAtMs }: LaneHour,
  notes: SnapshotNotes,
): Promise<string> {
  const sums = new Map<string, { value: number; events: number }>();
  const hour = hourNameOf(hourStartMs);
  for await (const { journal, entries } of readJournals(journals, { lane, hourStartMs })) {
    const newest = entries.at(-1);
    if (newest !== undefined) await shards.apply(journal, newest.number, newest.increments, expiresAtMs);
    notes.settledJournalCount++;
    for (const entry of entries) {
      if (!isEntrySound(entry))
        notes.corruptEntryCounts.set(hour, (notes.corruptEntryCounts.get(hour) ?? 0) + 1);
      for (const { counter, minutes } of entry.increments) {
        const sum = getOrMake(sums, counter, () => ({ value: 0, events: 0 }));
        for (const { value, events } of minutes) {
          sum.value += value;
          sum.events += events;
        }
      }
    }
  }
  return [...sums]
    .map(([counter, { value, events }]) => `${counter}\t${hour}\t${value}\t${events}\t0\t0\n`)
    .join('');
}

/** The ids of some hours' journals: hour, slice, id in upper-case hex, between tabs. */
export async function* journalIdRows(
  journals: JournalStore,
  { hours, laneCount }: { hours: readonly HourName[]; laneCount: number },
): AsyncIterable<string> {
  for (const hour of hours) {
    const hourStartMs = hourStartMsOf(hour);
    for (let lane = 0; lane < laneCount; lane++) {
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
