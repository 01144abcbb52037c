import type { Fence } from '../../../core/audit/ports.js';
import type {
  ChunkHour,
  ComparedMinute,
  CounterHourTotal,
  HourName,
  IdComparison,
  LineTotals,
  RankedSubject,
  ReceiptCheck,
  ReconciledHour,
  Reconciler,
  Reconciliation,
  SqlEngine,
} from '../../../core/audit/reconciler.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import { readLines, type ReadEvent } from '../truth.js';
import type { SimulatedFiles } from './simulated-files.js';
import type { StoredReceipt } from './simulated-receipts.js';
import { ZERO, add, compareBytes, idOf, isZero, sumBy, type Sum } from './sums.js';

const DAY_MS = 86_400_000;

/** A piece of the archive: a chunk, and when it arrived. */
export interface ArchivedChunk {
  readonly bytes: Uint8Array;
  readonly arrivedAtMs: number;
}

export interface SqlSources {
  readonly archive: () => Iterable<ArchivedChunk>;
  readonly receipts: () => Iterable<StoredReceipt>;
  readonly files: SimulatedFiles;
}

/**
 * The questions of `sql/`, answered in plain code: from the meaning of each, not from the text of the queries. Like a query
 * service, it may fail at every question.
 */
export class ReferenceSql {
  public constructor(private readonly sources: SqlSources) {}

  public portOf(caller: Process, network: Network): SqlEngine {
    const ask = <T>(what: string, effect: () => T): Promise<T> => network.call({ caller, what, effect });
    return {
      openRun: (fence) => Promise.resolve(reconcilerOf(new ReferenceRun(this.sources, fence), ask)),
    };
  }
}

type Ask = <T>(what: string, effect: () => T) => Promise<T>;

const reconcilerOf = (run: ReferenceRun, ask: Ask): Reconciler => ({
  stage: () => ask('sql: stage', () => run.stage()),
  reconcile: () => ask('sql: reconcile', () => run.reconcile()),
  checkReceipts: () => ask('sql: receipts', () => run.checkReceipts()),
  compareIds: (hours) => ask('sql: ids', () => run.compareIds(hours)),
  totals: async function* () {
    yield* await ask('sql: totals', () => run.totals());
  },
  topSubjects: async function* (limit) {
    yield* await ask('sql: top', () => run.topSubjects(limit));
  },
  close: () => Promise.resolve(),
});

const hourOf = (event: ReadEvent): HourName => event.line.time.slice(0, 13);
const countersOf = ({ line: { type, subject } }: ReadEvent): string[] =>
  subject === '' ? [type] : [type, `${type}/${subject}`];

class ReferenceRun {
  #deliveries: ReadEvent[] = [];

  public constructor(
    private readonly sources: SqlSources,
    private readonly fence: Fence,
  ) {}

  /** Partitions are whole days of arrival, from the day before the day's. */
  get #fromMs(): number {
    return Date.parse(`${this.fence.day}T00:00:00.000Z`) - DAY_MS;
  }

  public stage(): LineTotals {
    const { day } = this.fence;
    let [lineCount, badLineCount] = [0, 0];
    const markedStripes = new Set<number>();
    this.#deliveries = [];
    for (const { bytes, arrivedAtMs } of this.sources.archive()) {
      if (arrivedAtMs < this.#fromMs) continue;
      for (const { event } of readLines(bytes) ?? [{ event: null }]) {
        const isOfDay = event?.line.time.startsWith(day) ?? true;
        const markedDay = event?.line.type === '$marker' ? event.line.subject.split('/') : [];
        if (event === null) badLineCount++;
        else if (event.isControl && markedDay[0] === day) markedStripes.add(Number(markedDay[1]));
        else if (!event.isControl && isOfDay) this.#deliveries.push(event);
        lineCount += isOfDay ? 1 : 0;
      }
    }
    const eventLineCount = this.#deliveries.length;
    return { lineCount, eventLineCount, badLineCount, markedStripes: [...markedStripes] };
  }

  /** Of each identity the body that arrived first. */
  get #distinct(): ReadEvent[] {
    const byIdentity = new Map<string, ReadEvent>();
    for (const event of this.#deliveries) {
      const known = byIdentity.get(event.identity);
      if (known === undefined || arrivalOf(event) < arrivalOf(known)) byIdentity.set(event.identity, event);
    }
    return [...byIdentity.values()];
  }

  public reconcile(): Reconciliation {
    const snapshot = this.#rows('snapshot');
    const at = (column: number): Map<string, Sum> =>
      sumBy(snapshot, ([counter, hour]) => `${counter}\t${hour}`, numbersFrom(column));
    const [journaled, counted] = [at(2), at(4)];
    const archived = sumBy(
      this.#distinct.flatMap((event) =>
        countersOf(event).map((counter) => ({ key: `${counter}\t${hourOf(event)}`, event })),
      ),
      ({ key }) => key,
      ({ event }) => ({ value: event.line.value, events: 1 }),
    );
    const keys = new Set([...archived.keys(), ...journaled.keys(), ...counted.keys()]);
    const rows = [...keys].sort().map((key): ReconciledHour => {
      const [counter = '', hour = ''] = key.split('\t');
      const sums = [archived, journaled, counted].map((sums) => sums.get(key) ?? ZERO) as [Sum, Sum, Sum];
      const bodies = { archivedValueMin: sums[0].value, archivedValueMax: sums[0].value };
      return { counter, hour, archived: sums[0], journaled: sums[1], counted: sums[2], ...bodies };
    });
    const total = (name: 'archived' | 'journaled' | 'counted'): Sum =>
      rows.reduce((sum, row) => add(sum, row[name]), ZERO);
    return {
      totals: {
        archived: total('archived'),
        journaled: total('journaled'),
        counted: total('counted'),
        counterHourCount: rows.length,
      },
      drift: rows.filter(
        (row) => !isSame(row.archived, row.journaled) || !isSame(row.counted, row.journaled),
      ),
    };
  }

  public checkReceipts(): ReceiptCheck {
    const places = new Map(
      this.#deliveries.map((event) => [`${chunkHourOf(event)}\t${event.line.position}`, event]),
    );
    const archived = sumBy([...places.values()], chunkHourOf, ({ line }) => ({
      value: line.value,
      events: 1,
    }));
    const inReach = [...this.sources.receipts()].filter(({ storedAtMs }) => storedAtMs >= this.#fromMs);
    const receipted = new Map(
      inReach
        .map(({ chunkId, hourStartMs, eventCount, valueSum }) => ({
          key: `${chunkId}\t${new Date(hourStartMs).toISOString().slice(0, 13)}`,
          sum: { value: valueSum, events: eventCount },
        }))
        .filter(({ key }) => key.split('\t')[1]?.startsWith(this.fence.day))
        .map(({ key, sum }) => [key, sum]),
    );
    const incomplete = [...receipted]
      .map(([key, sum]): ChunkHour => {
        const [chunkId = '', hour = ''] = key.split('\t');
        return { chunkId, hour, receipted: sum, archived: archived.get(key) ?? ZERO };
      })
      .filter((chunk) => !isSame(chunk.receipted, chunk.archived));
    const unwitnessed = [...archived.keys()].filter((key) => !receipted.has(key));
    return {
      totals: {
        receipted: [...receipted.values()].reduce(add, ZERO),
        archived: [...archived.values()].reduce(add, ZERO),
        unwitnessedChunkCount: new Set(unwitnessed.map((key) => key.split('\t')[0])).size,
        failedReceiptCount: inReach.reduce((sum, { failedChunkCount }) => sum + failedChunkCount, 0),
      },
      incomplete,
    };
  }

  public compareIds(hours: readonly HourName[]): IdComparison {
    const journaled = new Set(this.#rows('journal_ids').map((row) => row.join('\t')));
    const drifting = new Set(this.#rows('drift').map((row) => row.join('\t')));
    const compared = hours.map((hour) => this.#compareHour(hour, journaled, drifting));
    return {
      hours: compared.map(({ found }) => found),
      minutes: compared.flatMap(({ minutes }) => minutes),
    };
  }

  #compareHour(
    hour: HourName,
    journaled: ReadonlySet<string>,
    drifting: ReadonlySet<string>,
  ): { found: IdComparison['hours'][number]; minutes: ComparedMinute[] } {
    const events = this.#distinct.filter((event) => hourOf(event) === hour);
    const rowOf = (event: ReadEvent): string => `${hour}\t${event.slice}\t${idOf(event.line)}`;
    const archivedRows = new Set(events.map(rowOf));
    const missing = new Set(events.filter((event) => !journaled.has(rowOf(event))));
    const extra = [...journaled].filter((row) => row.startsWith(`${hour}\t`) && !archivedRows.has(row));
    const increments = events.flatMap((event) => countersOf(event).map((counter) => ({ counter, event })));
    const touched = new Set(
      increments.filter(({ event }) => missing.has(event)).map(({ counter }) => counter),
    );
    const wanted = increments.filter(
      ({ counter }) => touched.has(counter) || drifting.has(`${counter}\t${hour}`),
    );
    const keyOf = ({ counter, event }: (typeof wanted)[number]): string =>
      `${counter}\t${event.line.time.slice(0, 16)}`;
    const archived = sumBy(wanted, keyOf, ({ event }) => ({ value: event.line.value, events: 1 }));
    const missed = sumBy(
      wanted.filter(({ event }) => missing.has(event)),
      keyOf,
      ({ event }) => ({ value: event.line.value, events: 1 }),
    );
    const minutes = [...archived].map(([key, sum]): ComparedMinute => {
      const [counter = '', minute = ''] = key.split('\t');
      const bodies = { archivedValueMin: sum.value, archivedValueMax: sum.value };
      return { counter, minute, archived: sum, ...bodies, missing: missed.get(key) ?? ZERO };
    });
    return { found: { hour, missingCount: missing.size, extraCount: extra.length }, minutes };
  }

  public totals(): CounterHourTotal[] {
    const sums = sumBy(this.#summands(), ([counter, hour]) => `${counter}\t${hour}`, numbersFrom(2));
    return [...sums]
      .filter(([, sum]) => !isZero(sum))
      .map(([key, sum]) => ({ counter: key.split('\t')[0] ?? '', hour: key.split('\t')[1] ?? '', sum }))
      .sort((a, b) => compareBytes(a.counter, b.counter) || compareBytes(a.hour, b.hour));
  }

  public topSubjects(limit: number): RankedSubject[] {
    const sums = sumBy(
      this.#summands().filter(([counter]) => counter?.includes('/')),
      ([counter = '']) => counter,
      numbersFrom(2),
    );
    const ranked = [...sums]
      .filter(([, sum]) => !isZero(sum))
      .map(([counter, sum]) => {
        const [, type = '', subject = ''] = /^(.*?)\/(.*)$/s.exec(counter) ?? [];
        return { type, subject, sum };
      })
      .sort((a, b) => compareBytes(a.type, b.type) || b.sum.value - a.sum.value);
    const rankByType = new Map<string, number>();
    return ranked.filter(({ type }) => {
      rankByType.set(type, (rankByType.get(type) ?? 0) + 1);
      return (rankByType.get(type) ?? 0) <= limit;
    });
  }

  #summands(): string[][] {
    return [...this.#rows('snapshot'), ...this.#rows('corrections')];
  }

  /** A table is all the files of its folder. */
  #rows(table: string): string[][] {
    const { files } = this.sources;
    const names = files.list(`dt=${this.fence.day}/run=${this.fence.runNumber}/${table}`);
    return names.flatMap((name) => {
      const rows = files.read(name).split('\n').slice(0, -1);
      return rows.map((row) => row.split('\t'));
    });
  }
}

const numbersFrom =
  (column: number) =>
  (row: readonly string[]): Sum => ({ value: Number(row[column]), events: Number(row[column + 1]) });

const chunkHourOf = (event: ReadEvent): string => `${event.line.chunk}\t${hourOf(event)}`;

const arrivalOf = ({ line: { receivedat, chunk, position } }: ReadEvent): string =>
  `${receivedat} ${chunk} ${String(position).padStart(10, '0')}`;

const isSame = (a: Sum, b: Sum): boolean => a.value === b.value && a.events === b.events;
