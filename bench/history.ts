import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCountData } from '../adapters/embedded/open-data.js';
import { parseCounterQuery, type QueryParameters } from '../core/query/counter-query.js';
import { queryCounter, type QueryPorts } from '../core/query/query-counter.js';
import { DAY_MS, dayOf } from '../core/time.js';
import type { Bench, BenchIo } from './bench.js';
import { BENCH_DAY_MS } from './counting.js';
import { HISTORY_TYPE, historyPorts, subjectOf, writeHistory } from './sealed-history.js';

const COUNTERS = 200;
const HISTORIES = [1, 365, 3_650];
const ROUNDS = 400;

const yearAgo = dayOf(BENCH_DAY_MS - 364 * DAY_MS);
const weekAgo = dayOf(BENCH_DAY_MS - 6 * DAY_MS);
const tomorrow = dayOf(BENCH_DAY_MS + DAY_MS);

interface Question {
  readonly name: string;
  readonly parameters: QueryParameters;
}

const instant = (day: string): string => `${day}T00:00:00Z`;
const ofRange = (from: string, granularity: string): QueryParameters => ({
  from: instant(from),
  to: instant(tomorrow),
  granularity,
});

const QUESTIONS: readonly Question[] = [
  { name: 'total of everything', parameters: {} },
  { name: 'total of a year', parameters: { from: instant(yearAgo), to: instant(tomorrow) } },
  { name: 'a week by hour', parameters: ofRange(weekAgo, 'PT1H') },
  { name: 'a year by day', parameters: ofRange(yearAgo, 'P1D') },
];

/** Whether a question takes longer the more sealed days lie behind it. */
export const history: Bench = {
  name: 'history',
  varies: 'sealed days: 1, a year, ten years',
  reports: 'median time of a query in the embedded engine, against one sealed day',
  run: async (io) => {
    const medians: number[][] = [];
    for (const dayCount of HISTORIES) medians.push(await mediansOver(dayCount, io));
    io.progress('');
    const rows = QUESTIONS.map(({ name }, at) => {
      const ofHistories = medians.map((row) => row[at] ?? 0);
      const [one = 1, ...longer] = ofHistories;
      return [name, ...ofHistories.map((ms) => ms.toFixed(3)), ...longer.map((ms) => (ms / one).toFixed(2))];
    });
    return [
      {
        title: `History: ${COUNTERS} counters with events in each hour, three open days, embedded, without HTTP`,
        head: ['question', '1 day, ms', '365 days, ms', '3,650 days, ms', '365 : 1', '3,650 : 1'],
        rows,
        notes: [
          'A year by day reads a total for each of its days: with one sealed day there is one to read. All else reads the same however long the history.',
        ],
      },
    ];
  },
};

/** Median milliseconds of each question, the questions taking turns. */
async function mediansOver(dayCount: number, io: BenchIo): Promise<number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tally-history-'));
  const data = openCountData(directory);
  try {
    io.progress(`writing ${dayCount} days`);
    await writeHistory(data, { dayCount, counterCount: COUNTERS });
    const ports = historyPorts(data);
    const times = QUESTIONS.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      io.progress(`${dayCount} days: round ${round} of ${ROUNDS}`);
      for (const [at, { parameters }] of QUESTIONS.entries())
        times[at]?.push(await timeOf(ports, { ...parameters, subject: subjectOf(round % COUNTERS) }));
    }
    return times.map(medianOf);
  } finally {
    await data.environment.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function timeOf(ports: QueryPorts, parameters: QueryParameters): Promise<number> {
  const query = parseCounterQuery(HISTORY_TYPE, parameters);
  const startMs = performance.now();
  await queryCounter(ports, query);
  return performance.now() - startMs;
}

const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
