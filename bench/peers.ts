import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRandom, makeZipf, wholeBelow } from '../cli/load/random.js';
import { readConfig } from '../server/config.js';
import type { Bench, BenchIo } from './bench.js';
import { LOAD_COUNTERS, PER_REQUEST, subjectOf } from './load.js';
import { POSTGRES } from './peers/postgres.js';
import type { Batch, Peer } from './peers/peer.js';
import { REDIS } from './peers/redis.js';
import { SQLITE } from './peers/sqlite.js';
import { loadTally } from './throughput.js';

const EVENTS = 10_000_000;
/** A peer's batches are made so many events at a time, before they are timed: all of them would not fit into memory. */
const MADE_AT_ONCE_EVENTS = 1_000_000;
/** Counted first by each engine, and not timed: none is measured while it starts. */
const WARM_UP_EVENTS = 500_000;
const PEERS: readonly Peer[] = [REDIS, POSTGRES, SQLITE];

/** Tally beside what people use instead, all in one run: each counts each id once, durably, by minute, in its subject's counter and its type's. */
export const peers: Bench = {
  name: 'peers',
  varies: 'the engine: Tally, Redis, PostgreSQL, SQLite (those installed)',
  reports: 'events/s counted exactly, as a multiple of each peer',
  run: async (io) => {
    const eventCount = io.eventCount ?? EVENTS;
    io.progress('Tally');
    const tally = await loadTally(eventCount, WARM_UP_EVENTS, io);
    const results: { name: string; setting: string; eventsPerSecond: number | null }[] = [];
    for (const peer of PEERS) results.push({ ...peer, eventsPerSecond: await race(peer, eventCount, io) });
    io.progress('');
    return [
      {
        title: `${eventCount} events in batches of ${PER_REQUEST}, ${LOAD_COUNTERS} counters, 5 % duplicates, one machine, one run`,
        head: ['engine', 'how', 'events per second', 'Tally is so many times as fast'],
        rows: [
          ['Tally', 'HTTP, JSON, archived, too', Math.round(tally), 1],
          ...results.map(({ name, setting, eventsPerSecond }) =>
            eventsPerSecond === null
              ? [name, 'NOT INSTALLED: left out', '–', '–']
              : [name, setting, Math.round(eventsPerSecond), (tally / eventsPerSecond).toFixed(2)],
          ),
        ],
        notes: [
          `Tally's chunks are ${readConfig({}).compression}.`,
          `${WARM_UP_EVENTS} events are counted first by each, and not timed.`,
          "Each event is counted in its subject's counter and in its type's.",
          'Peers get ids, counters and minutes ready to use, over their own protocols: no HTTP, no JSON, no archive, no audit.',
          'Each must end with exactly the distinct events, or the bench fails.',
        ],
      },
    ];
  },
};

/** `null`: the peer is not installed. */
async function race(peer: Peer, eventCount: number, io: BenchIo): Promise<number | null> {
  if (!peer.isInstalled()) return null;
  io.progress(peer.name);
  const directory = mkdtempSync(join(tmpdir(), 'tally-peer-'));
  try {
    const engine = await peer.start(directory);
    try {
      let expected = 0;
      const timed = async (events: number, seed: number): Promise<number> => {
        const batches = makeBatches(events, seed);
        for (const { freshCount } of batches) expected += freshCount;
        const startMs = performance.now();
        await engine.countAll(batches);
        return performance.now() - startMs;
      };
      await timed(WARM_UP_EVENTS, 1);
      let tookMs = 0;
      for (let made = 0; made < eventCount; made += MADE_AT_ONCE_EVENTS) {
        io.progress(`${peer.name}: ${made} of ${eventCount} events`);
        tookMs += await timed(Math.min(MADE_AT_ONCE_EVENTS, eventCount - made), 2 + made);
      }
      const totals = await engine.totals();
      if (totals.some((total) => total !== expected))
        throw new Error(`${peer.name} counted ${totals.join(' and ')} events of ${expected}`);
      return (eventCount / tookMs) * 1_000;
    } finally {
      await engine.stop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same kind of load as Tally gets: Zipf, one event in twenty sent before, in the batch before. */
function makeBatches(eventCount: number, seed: number): Batch[] {
  const random = makeRandom(seed);
  const draw = makeZipf(LOAD_COUNTERS, 1);
  const hex = (): string =>
    wholeBelow(2 ** 32, random)
      .toString(16)
      .padStart(8, '0');
  const batches: Batch[] = [];
  for (let begun = 0; begun < eventCount; begun += PER_REQUEST) {
    const earlier = batches.at(-1);
    const duplicateCount = earlier === undefined ? 0 : PER_REQUEST / 20;
    const ids: string[] = [];
    const counters: string[] = [];
    for (let index = 0; index < PER_REQUEST; index++) {
      const isDuplicate = index < duplicateCount;
      ids.push(
        (isDuplicate ? earlier?.ids[PER_REQUEST - 1 - index] : undefined) ??
          `${hex()}-${hex()}-${hex()}-${hex()}`,
      );
      counters.push(
        (isDuplicate ? earlier?.counters[PER_REQUEST - 1 - index] : undefined) ?? subjectOf(draw(random)),
      );
    }
    batches.push({ ids, counters, minute: 29_600_000, freshCount: PER_REQUEST - duplicateCount });
  }
  return batches;
}
