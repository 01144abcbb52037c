/** What auditing a day with ten million counter shards takes in memory: the real command, in a process of its own, over real data. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbCatalog } from '../adapters/embedded/lmdb-catalog.js';
import { LmdbCounters } from '../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../adapters/embedded/lmdb-days.js';
import { LmdbJournal } from '../adapters/embedded/lmdb-journal.js';
import { LmdbLedger } from '../adapters/embedded/lmdb-ledger.js';
import { LmdbSettings } from '../adapters/embedded/lmdb-settings.js';
import { raiseHighWaterMark } from '../adapters/embedded/high-water-mark.js';
import { openCountData, openStreamData, type CountData } from '../adapters/embedded/open-data.js';
import { makeMarkerChunk } from '../core/audit/marker.js';
import { Counting } from '../core/count/count.js';
import { counterOf, type TallyEvent } from '../core/event.js';
import { agreeOnSettings, type Settings } from '../core/settings.js';
import { DAY_MS, HOUR_MS, dayEndMs } from '../core/time.js';
import { DAY, inBenchDirectory, writeDay } from './audit-day.js';
import type { Bench, BenchIo, BenchTable } from './bench.js';

/** Every event has a counter's hour of its own, and with it a shard. */
const SHARD_COUNTS = [1_000_000, 10_000_000];
const HOURS_PER_DAY = 24;
const LANES = 64;
const COUNT_CHUNKS = 100;
const NOW_MS = dayEndMs(DAY) + 2 * HOUR_MS;
const LOOK_EVERY_MS = 100;

export const auditShards: Bench = {
  name: 'audit-shards',
  varies: 'counter shards of a day: 1 and 10 million',
  reports: 'memory of `tally audit`, LMDB and files included',
  run: async (io) => {
    const rows: BenchTable['rows'][number][] = [];
    for (const shardCount of SHARD_COUNTS)
      rows.push(await inBenchDirectory((directory) => measureDay(directory, shardCount, io)));
    return [
      {
        title: 'Memory of `tally audit`, start to seal',
        head: ['counter shards', 'anonymous MB', 'resident MB', 'CPU s', 's'],
        rows,
        notes: [
          'Anonymous: what the process holds. Resident: with the pages of LMDB’s files that the system keeps for it, and takes back when it needs them.',
        ],
      },
    ];
  },
};

async function measureDay(directory: string, shardCount: number, io: BenchIo): Promise<number[]> {
  await fill(directory, shardCount, io);
  io.progress(`auditing ${shardCount} shards`);
  const startMs = performance.now();
  const child = spawn(
    process.execPath,
    ['cli/tally.mjs', '--data', directory, 'audit', '--day', DAY, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  const peak = { anonymous: 0, resident: 0, cpuMs: 0 };
  const timer = setInterval(() => {
    look(child.pid ?? 0, peak);
  }, LOOK_EVERY_MS);
  await once(child, 'exit');
  clearInterval(timer);
  if (!output.includes('"outcome":"sealed"') || !output.includes('"driftCount":0'))
    throw new Error(`the bench's own day does not seal: ${output.slice(0, 1_000)}`);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  return [
    shardCount,
    Math.round(peak.anonymous),
    Math.round(peak.resident),
    Math.round(peak.cpuMs / 1000),
    seconds,
  ];
}

/** Linux tells anonymous memory from mapped files. */
function look(pid: number, peak: { anonymous: number; resident: number; cpuMs: number }): void {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
    peak.anonymous = Math.max(peak.anonymous, megabytes('RssAnon'));
    peak.resident = Math.max(peak.resident, megabytes('VmHWM'));
    const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(' ')
      .slice(13, 15)
      .map(Number);
    peak.cpuMs = (user + system) * 10;
  } catch {
    // It has ended in between.
  }
}

async function fill(directory: string, shardCount: number, io: BenchIo): Promise<void> {
  const data = openCountData(directory);
  const stream = openStreamData(directory);
  const clock = { nowMs: () => dayEndMs(DAY) - 1 };
  const settings = await agreeOnSettings(
    new LmdbSettings(data),
    { laneCount: LANES, latenessMs: HOUR_MS },
    clock,
  );
  const counting = countingOf(data, settings, clock);
  let chunks: { bytes: Uint8Array }[] = [];
  const count = async (): Promise<void> => {
    await counting.count(chunks);
    chunks = [];
  };
  const take = async (bytes: Uint8Array): Promise<void> => {
    if (chunks.push({ bytes }) >= COUNT_CHUNKS) await count();
  };
  await writeDay(directory, { eventCount: shardCount, eventAt: eventOf(shardCount), take }, io);
  await count();
  const marker = await makeMarkerChunk({ day: DAY, stripe: 0 }, { runNumber: 0, nowMs: NOW_MS });
  await counting.count([marker]);
  const hour = join(directory, 'events', `dt=${DAY}`, 'hour=00');
  appendFileSync(join(hour, readdirSync(hour).at(-1) ?? ''), marker.bytes);
  await stream.environment.transaction(() => {
    raiseHighWaterMark(stream, NOW_MS);
  });
  await data.environment.close();
  await stream.environment.close();
}

/** Hour by hour, each subject once. */
const eventOf = (eventCount: number) => {
  const subjectCount = Math.ceil(eventCount / HOURS_PER_DAY);
  return (index: number, timeMs: number): TallyEvent => {
    const subject = `T-${((index % subjectCount) * 7_919) % subjectCount}`;
    const type = 'template.used';
    return {
      ...{ id: `b7c2a9d0-6e2f-4c55-${index.toString(36).padStart(12, '0')}`, source: 'web-1', type, subject },
      ...{ partitionKey: counterOf(type, subject), timeMs, value: 1, restJson: ',"data":{"value":1}' },
    };
  };
};

function countingOf(data: CountData, settings: Settings, clock: { nowMs(): number }): Counting {
  return new Counting(
    {
      journals: new LmdbJournal(data),
      shards: new LmdbCounters(data, clock),
      days: new LmdbDays(data),
      catalog: new LmdbCatalog(data),
      rejected: {
        put: (lines) => Promise.reject(new Error(`a bench's own line was rejected: ${lines[0]?.message}`)),
      },
      metrics: { add: () => undefined },
      clock,
      markers: new LmdbLedger(data),
    },
    {
      settings,
      streamRetentionMs: 7 * DAY_MS,
      journalConcurrency: 64,
      commitEventCountMax: 50_000,
      cacheBytesMax: 128 * 1024 * 1024,
    },
  );
}
