/** The totals file of a sealed day: one line of canonical JSON per counter, in order of the counters' UTF-8 bytes. */
import { makeSha256 } from '../crypto.js';
import type { DayTotal } from '../ports.js';
import { ZERO_SUM, addSums, type Sum } from '../query/sums.js';
import type { Day } from '../time.js';
import { canonicalJson } from './act.js';
import type { AuditFiles } from './ports.js';
import type { CounterHourTotal } from './reconciler.js';
import { readTextLines } from './text-files.js';

/** One line of the file. Hours are `[hour, value, events]`. */
export interface TotalsLine {
  readonly counter: string;
  readonly value: number;
  readonly events: number;
  readonly hours: readonly (readonly [hour: number, value: number, events: number])[];
  readonly isAdjusted: boolean;
}

export interface TotalsFileSummary {
  readonly sha256: string;
  readonly counterCount: number;
  /** Of the types' own counters: each event is in it once. */
  readonly total: Sum;
}

/** Gathers each counter's hours into a line. The rows come by counter, then by hour. */
export async function* totalsLines(
  rows: AsyncIterable<CounterHourTotal>,
  isAdjusted: (counter: string) => boolean,
): AsyncIterable<TotalsLine> {
  let line: TotalsLine | null = null;
  for await (const { counter, hour, sum } of rows) {
    if (line !== null && line.counter !== counter) yield line;
    const before: TotalsLine =
      line !== null && line.counter === counter
        ? line
        : { counter, ...ZERO_SUM, hours: [], isAdjusted: isAdjusted(counter) };
    const hours: TotalsLine['hours'] = [...before.hours, [Number(hour.slice(11, 13)), sum.value, sum.events]];
    line = { ...before, ...addSums(before, sum), hours };
  }
  if (line !== null) yield line;
}

/** Write the file; its digest is over its bytes, so anyone can check it with `sha256sum`. */
export async function writeTotalsFile(
  files: AuditFiles,
  name: string,
  lines: AsyncIterable<TotalsLine>,
): Promise<TotalsFileSummary> {
  const digest = makeSha256();
  let counterCount = 0;
  let total = ZERO_SUM;
  async function* texts(): AsyncIterable<string> {
    for await (const line of lines) {
      const text = `${canonicalJson(line)}\n`;
      digest.update(text);
      counterCount++;
      if (!line.counter.includes('/')) total = addSums(total, line);
      yield text;
    }
  }
  await files.write(name, texts());
  return { sha256: digest.hex(), counterCount, total };
}

/** The lines of a totals file; none if there is no such file. */
export async function* readTotalsFile(files: AuditFiles, name: string): AsyncIterable<TotalsLine> {
  for await (const line of readTextLines(files, name)) yield JSON.parse(line) as TotalsLine;
}

export const dayTotalOf = (day: Day, line: TotalsLine): DayTotal => ({
  day,
  value: line.value,
  events: line.events,
  hours: line.hours.map(([hour, value, events]) => ({ hour, value, events })),
  isAdjusted: line.isAdjusted,
});

/** Counters that are in the old file and not in the new one. Both are in order, so neither is held in memory. */
export async function* vanishedCounters(
  before: AsyncIterable<TotalsLine>,
  now: AsyncIterable<TotalsLine>,
): AsyncIterable<string> {
  const present = now[Symbol.asyncIterator]();
  let next = await present.next();
  for await (const { counter } of before) {
    while (next.done !== true && compareUtf8(next.value.counter, counter) < 0) next = await present.next();
    if (next.done === true || next.value.counter !== counter) yield counter;
  }
}

/** As bytes, not as UTF-16: the two orders differ beyond U+FFFF. */
const compareUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
