import type { CounterReader, DayRecord, DayTotal, ShardHour, TotalsReader } from '../../../core/ports.js';
import { parseCounterQuery, type QueryParameters } from '../../../core/query/counter-query.js';
import { queryCounter, type CounterAnswer, type QueryPorts } from '../../../core/query/query-counter.js';
import { addSums } from '../../../core/query/sums.js';
import { DAY_MS, HOUR_MS } from '../../../core/time.js';

const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const at = (text: string): number => Date.parse(text);

const shard = (hour: string, minutes: [number, number, number][], isAdjustment = false): ShardHour => ({
  hourStartMs: at(hour),
  isAdjustment,
  minutes: minutes.map(([minute, value, events]) => ({ minute, value, events })),
});

const total = (day: string, hours: [number, number, number][], isAdjusted = false): DayTotal => ({
  day,
  value: hours.reduce((sum, [, value]) => sum + value, 0),
  events: hours.reduce((sum, [, , events]) => sum + events, 0),
  hours: hours.map(([hour, value, events]) => ({ hour, value, events })),
  isAdjusted,
});

interface Given {
  shards?: ShardHour[];
  totals?: DayTotal[];
  sealedThrough?: string;
  dayRecord?: DayRecord;
  countedThroughMs?: number;
}

/** Engines answer by range, so these do too: a query that asks for the wrong range gets the wrong rows. */
function portsOf({
  shards = [],
  totals = [],
  sealedThrough,
  dayRecord,
  countedThroughMs,
}: Given): QueryPorts {
  const counters: CounterReader = {
    async *readShards({ fromMs = -Infinity, toMs = Infinity }) {
      yield* shards.filter(({ hourStartMs }) => hourStartMs >= fromMs && hourStartMs < toMs);
    },
  };
  const totalsReader: TotalsReader = {
    async *readTotals({ fromDay = '0000-01-01', toDay = '9999-12-31' }) {
      yield* totals.filter(({ day }) => day >= fromDay && day <= toDay);
    },
    readThrough: async ({ day: through }) =>
      totals.filter(({ day }) => day <= through).reduce(addSums, { value: 0, events: 0 }),
  };
  return {
    counters,
    totals: totalsReader,
    days: {
      open: () => Promise.reject(new Error('a query opens no day')),
      find: async () => dayRecord ?? null,
      sealedThrough: async () => sealedThrough ?? null,
    },
    freshness: { countedThroughMs: async () => countedThroughMs ?? NOW_MS },
    clock: { nowMs: () => NOW_MS },
    settings: {
      formatVersion: 1,
      laneCount: 64,
      sliceMs: 300_000,
      lateness: [{ fromDay: '0000-01-01', latenessMs: HOUR_MS }],
    },
    streamRetentionMs: DAY_MS,
  };
}

const ask = (given: Given, parameters: QueryParameters = {}): Promise<CounterAnswer> =>
  queryCounter(portsOf(given), parseCounterQuery('page.viewed', parameters));

describe('a counter with live shards', () => {
  const shards = [
    shard('2026-11-23T09:00:00Z', [
      [0, 5, 1],
      [59, 2, 2],
    ]),
    shard('2026-11-23T09:00:00Z', [[0, -1, 1]]),
    shard('2026-11-23T10:00:00Z', [[0, 10, 10]]),
  ];

  it('is the sum over lanes, minutes and hours; without granularity, the total only', async () => {
    expect(await ask({ shards })).toEqual({
      type: 'page.viewed',
      subject: null,
      from: null,
      to: null,
      granularity: null,
      value: 16,
      events: 14,
      rows: [],
      next: null,
      asOf: '2026-11-23T12:00:00.000Z',
      lagMs: 0,
      sealedThrough: null,
    });
  });

  it('has a row a minute, half-open', async () => {
    const answer = await ask(
      { shards },
      { granularity: 'PT1M', from: '2026-11-23T09:00:00Z', to: '2026-11-23T09:59:00Z' },
    );
    expect(answer).toMatchObject({ value: 4, events: 2 });
    expect(answer.rows).toEqual([
      {
        from: '2026-11-23T09:00:00.000Z',
        to: '2026-11-23T09:01:00.000Z',
        value: 4,
        events: 2,
        status: 'live',
      },
    ]);
  });

  it('has a row an hour and a row a day', async () => {
    const byHour = await ask({ shards }, { granularity: 'PT1H' });
    expect(byHour.rows.map(({ from, value }) => [from, value])).toEqual([
      ['2026-11-23T09:00:00.000Z', 6],
      ['2026-11-23T10:00:00.000Z', 10],
    ]);
    const byDay = await ask({ shards }, { granularity: 'P1D' });
    expect(byDay.rows).toEqual([
      {
        from: '2026-11-23T00:00:00.000Z',
        to: '2026-11-24T00:00:00.000Z',
        value: 16,
        events: 14,
        status: 'live',
      },
    ]);
  });

  it('keeps a row whose value nets to zero, because its events happened', async () => {
    const answer = await ask(
      { shards: [shard('2026-11-23T09:00:00Z', [[3, 0, 2]])] },
      { granularity: 'PT1M' },
    );
    expect(answer.rows).toMatchObject([{ value: 0, events: 2 }]);
  });

  it('is paged, and every page says the total of the whole range', async () => {
    const first = await ask({ shards }, { granularity: 'PT1M', limit: '2' });
    expect(first.rows).toHaveLength(2);
    expect(first.next).toBe('2026-11-23T10:00:00.000Z');
    const second = await ask({ shards }, { granularity: 'PT1M', limit: '2', cursor: first.next ?? '' });
    expect(second.rows.map(({ value }) => value)).toEqual([10]);
    expect([first.value, second.value, second.next]).toEqual([16, 16, null]);
  });

  it('says how far counting has come', async () => {
    const answer = await ask({ countedThroughMs: NOW_MS - 2_500 });
    expect(answer).toMatchObject({ asOf: '2026-11-23T11:59:57.500Z', lagMs: 2_500, value: 0 });
  });

  it('is an error beyond 2^53, never a rounded number', async () => {
    const huge = shard('2026-11-23T09:00:00Z', [
      [0, Number.MAX_SAFE_INTEGER, 1],
      [1, 1, 1],
    ]);
    await expect(ask({ shards: [huge] })).rejects.toMatchObject({ code: 'counter_overflow' });
  });
});

describe('a counter with sealed days', () => {
  const given: Given = {
    sealedThrough: '2026-11-21',
    totals: [
      total('2026-11-20', [
        [9, 4, 4],
        [23, 1, 1],
      ]),
      total('2026-11-21', [[0, 7, 7]], true),
    ],
    // What is left of the sealed days in the shards must not be added to their totals.
    shards: [shard('2026-11-21T00:00:00Z', [[0, 99, 99]]), shard('2026-11-22T00:00:00Z', [[0, 100, 100]])],
  };

  it('adds sealed totals and live shards, each day once', async () => {
    expect(await ask(given)).toMatchObject({ value: 112, events: 112, sealedThrough: '2026-11-21' });
  });

  it('says of each row whether it is sealed, adjusted or live', async () => {
    const { rows } = await ask(given, { granularity: 'P1D' });
    expect(rows.map(({ value, status }) => [value, status])).toEqual([
      [5, 'sealed'],
      [7, 'adjusted'],
      [100, 'live'],
    ]);
  });

  it('cuts sealed days by the hour', async () => {
    const answer = await ask(given, {
      from: '2026-11-20T10:00:00Z',
      to: '2026-11-21T00:00:00Z',
      granularity: 'PT1H',
    });
    expect(answer.rows).toMatchObject([{ from: '2026-11-20T23:00:00.000Z', value: 1 }]);
  });

  it('reads minutes of sealed days from the shards while they live, adjustments included', async () => {
    const dayRecord = { day: '2026-11-21', isSealed: true, expiresAtMs: NOW_MS + 1 };
    const shards = [
      shard('2026-11-21T00:00:00Z', [[0, 99, 99]]),
      shard('2026-11-21T00:00:00Z', [[1, -92, -92]], true),
    ];
    const answer = await ask(
      { ...given, shards, dayRecord },
      { granularity: 'PT1M', from: '2026-11-21', to: '2026-11-22' },
    );
    expect(answer.rows.map(({ value, status }) => [value, status])).toEqual([
      [99, 'sealed'],
      [-92, 'adjusted'],
    ]);
    expect(answer.value).toBe(7);
  });

  it.each([
    { why: 'they have expired', from: '2026-11-21', expiresAtMs: NOW_MS },
    { why: 'nobody can say from when', from: undefined, expiresAtMs: NOW_MS + 1 },
  ])('refuses minutes when $why', async ({ from, expiresAtMs }) => {
    const dayRecord = { day: '2026-11-21', isSealed: true, expiresAtMs };
    const refused = ask(
      { ...given, dayRecord },
      { granularity: 'PT1M', ...(from === undefined ? {} : { from }) },
    );
    await expect(refused).rejects.toMatchObject({ code: 'granularity_unavailable' });
  });
});

describe('parseCounterQuery', () => {
  it.each([
    {
      why: 'a mistyped parameter',
      parameters: { form: '2026-11-21' },
      message: /no parameter "form"; accepted: subject, from/,
    },
    {
      why: 'a granularity nobody has',
      parameters: { granularity: 'PT5M' },
      message: /"PT5M"; accepted: PT1M, PT1H, P1D/,
    },
    {
      why: 'a from that is no instant',
      parameters: { from: 'yesterday' },
      message: /from is "yesterday".*RFC 3339/,
    },
    {
      why: 'a from inside a minute',
      parameters: { from: '2026-11-21T09:15:02Z' },
      message: /whole minute.*09:15:00/,
    },
    {
      why: 'a to inside an hour when rows are hours',
      parameters: { to: '2026-11-21T09:15:00Z', granularity: 'PT1H' },
      message: /to is .*whole hour.*09:00:00/,
    },
    {
      why: 'a to before from',
      parameters: { from: '2026-11-22', to: '2026-11-21' },
      message: /not before from/,
    },
    { why: 'an empty subject', parameters: { subject: '' }, message: /subject is ""/ },
    { why: 'a long subject', parameters: { subject: 'ü'.repeat(129) }, message: /1 to 256 bytes/ },
    { why: 'no rows', parameters: { limit: '0' }, message: /limit is "0"; accepted: 1 to 10000/ },
    { why: 'too many rows', parameters: { limit: '10001' }, message: /limit/ },
    { why: 'a limit that is no number', parameters: { limit: '1e3' }, message: /limit/ },
    { why: 'a consistency nobody has', parameters: { consistency: 'maybe' }, message: /eventual, strong/ },
    {
      why: 'a cursor of another granularity',
      parameters: { cursor: '2026-11-21T09:15:00Z', granularity: 'P1D' },
      message: /cursor/,
    },
  ])('refuses $why', ({ parameters, message }) => {
    expect(() => parseCounterQuery('page.viewed', parameters)).toThrow(message);
  });

  it.each(['', 'a/b', '-a', 'a b', 'é', 'a'.repeat(129)])('refuses the type "%s"', (type) => {
    expect(() => parseCounterQuery(type, {})).toThrow(/type is/);
  });
});

describe('consistency', () => {
  /** How each read was asked for. */
  async function readsOf(sealedThrough: string | undefined, parameters: QueryParameters): Promise<string[]> {
    const reads: string[] = [];
    const ports = portsOf(sealedThrough === undefined ? {} : { sealedThrough });
    await queryCounter(
      {
        ...ports,
        counters: {
          readShards: (range) => (
            reads.push(`shards ${range.consistency}`),
            ports.counters.readShards(range)
          ),
        },
        totals: {
          readTotals: (range) => (reads.push(`days ${range.consistency}`), ports.totals.readTotals(range)),
          readThrough: (range) => (
            reads.push(`through ${range.consistency}`),
            ports.totals.readThrough(range)
          ),
        },
      },
      parseCounterQuery('a', parameters),
    );
    return reads;
  }

  it('is as asked for where nothing is sealed', async () => {
    expect(await readsOf(undefined, {})).toEqual(['shards eventual']);
    expect(await readsOf(undefined, { consistency: 'strong' })).toEqual(['shards strong']);
  });

  it('is strong for what is sealed: right after a seal, an eventual read may find no totals yet', async () => {
    expect(await readsOf('2026-11-20', {})).toEqual(['through strong', 'shards eventual']);
    expect(await readsOf('2026-11-20', { granularity: 'PT1H' })).toEqual(['days strong', 'shards eventual']);
  });

  it('is strong for the minutes of sealed days, which may have been adjusted just before the seal', async () => {
    const from = '2026-11-23T00:00:00Z';
    expect(await readsOf('2026-11-23', { granularity: 'PT1M', from })).toEqual(['shards strong']);
    expect(await readsOf('2026-11-22', { granularity: 'PT1M', from })).toEqual(['shards eventual']);
  });
});
