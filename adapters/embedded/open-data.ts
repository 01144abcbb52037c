/**
 * Opens the data of the embedded engine: two LMDB environments under one directory.
 *
 * Two, because LMDB has one writer at a time per environment: a request that stores a chunk must never wait for a
 * counting transaction. Any number of threads and processes may open the same directory at the same time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import type { Act } from '../../core/audit/act.js';
import type { TopSubject } from '../../core/audit/ports.js';
import type { DayReport } from '../../core/audit/report.js';
import type { CatalogMetadata } from '../../core/catalog.js';
import type { KeyRecord } from '../../core/keys.js';
import type { Settings } from '../../core/settings.js';
import type { Day } from '../../core/time.js';

/** Bytes written to the stream up to and including a sequence number: differences of these are backlogs. */
export type StreamMark = readonly [sequence: number, bytesThrough: number];

/** What is kept of a chunk beside its bytes. */
export type StreamEntry = readonly [
  bytesThrough: number,
  chunkId: string,
  stripe: number,
  receivedAtMs: number,
  eventCount: number,
  valueSum: number,
];

export interface StreamData {
  readonly environment: RootDatabase;
  /** By sequence number. Split from `bytes` so that positions and sizes cost no copy of a chunk. */
  readonly entries: Database<StreamEntry, number>;
  readonly bytes: Database<Buffer, number>;
  /** Of the chunks that have one. */
  readonly sheets: Database<Buffer, number>;
  readonly marks: Database<StreamMark, string>;
  readonly clock: Database<unknown, string>;
}

/** Minute, value, events, minute, value, events… */
export type FlatMinutes = readonly number[];

export type StoredEntry = readonly [
  expiresAtMs: number,
  eventCount: number,
  ids: Uint8Array,
  increments: readonly (string | FlatMinutes)[],
];

export type StoredDay = readonly [isSealed: boolean, expiresAtMs: number];

/** Hours are flat like minutes: hour, value, events, hour… */
export type StoredTotal = readonly [
  value: number,
  events: number,
  isAdjusted: boolean,
  hours: readonly number[],
  throughValue: number,
  throughEvents: number,
];

/** A day's audit runs. */
export interface StoredRuns {
  readonly runNumber: number;
  readonly totalsRunNumbers: readonly number[];
  readonly report: DayReport | null;
}

/** Text in the place of the lane sorts behind every lane. */
export type ShardKey = [hourStartMs: number, counter: string, lane: number | string];

export interface CountData {
  readonly environment: RootDatabase;
  /** By start of the slice, lane, number. */
  readonly journal: Database<StoredEntry, [number, number, number]>;
  /** By start of the hour, counter, lane (or `audit`). See `lmdb-counters.ts` and `shard-item.ts`. */
  readonly shards: Database<readonly number[], ShardKey>;
  readonly days: Database<StoredDay, Day>;
  readonly progress: Database<Day, string>;
  /** By counter and day. */
  readonly totals: Database<StoredTotal, [string, Day]>;
  readonly settings: Database<Settings, string>;
  readonly catalog: Database<CatalogMetadata & { firstSeenAtMs: number }, string>;
  readonly keys: Database<KeyRecord, string>;
  readonly runs: Database<StoredRuns, Day>;
  /** The chain, by sequence number. */
  readonly acts: Database<Act, number>;
  /** When counting passed a stripe's marker of a day. */
  readonly markers: Database<true, [Day, number]>;
  /** By day, audit run and type. */
  readonly tops: Database<readonly TopSubject[], [Day, number, string]>;
}

const DATABASES_MAX = 16;

function openEnvironment(path: string): RootDatabase {
  mkdirSync(path, { recursive: true });
  return open({
    path,
    maxDbs: DATABASES_MAX,
    // Plain LMDB: a commit's promise resolves after fdatasync and the synced page that makes it the newest. Measured as
    // fast as overlapping sync, whose restart after a power loss is the more intricate.
    overlappingSync: false,
    // With batching on, a failed commit also rejects a promise inside lmdb that nobody can catch, which ends the
    // process: a full disk must answer 503 instead. Concurrent transactions share commits either way.
    eventTurnBatching: false,
  });
}

export function openStreamData(dataDirectory: string): StreamData {
  const environment = openEnvironment(join(dataDirectory, 'stream'));
  return {
    environment,
    entries: environment.openDB('entries', {}),
    bytes: environment.openDB('bytes', { encoding: 'binary' }),
    sheets: environment.openDB('sheets', { encoding: 'binary' }),
    marks: environment.openDB('marks', {}),
    clock: environment.openDB('clock', {}),
  };
}

export function openCountData(dataDirectory: string): CountData {
  const environment = openEnvironment(join(dataDirectory, 'counts'));
  return {
    environment,
    journal: environment.openDB('journal', {}),
    shards: environment.openDB('shards', {}),
    days: environment.openDB('days', {}),
    progress: environment.openDB('progress', {}),
    totals: environment.openDB('totals', {}),
    settings: environment.openDB('settings', {}),
    catalog: environment.openDB('catalog', {}),
    keys: environment.openDB('keys', {}),
    runs: environment.openDB('runs', {}),
    acts: environment.openDB('acts', {}),
    markers: environment.openDB('markers', {}),
    tops: environment.openDB('tops', {}),
  };
}
