import type { Marker } from '../../../core/audit/marker.js';
import { dayOf, type Day } from '../../../core/time.js';
import type { Shard, StreamRecord } from '../simulated-stream.js';
import { readLines, type ReadEvent, type Truth } from '../truth.js';
import { Violation } from '../violation.js';
import type { Witness } from '../witness.js';

/**
 * What a marker says: behind it, the stream brings nothing of its day that anybody was promised; and once counting has passed it,
 * everything before it is counted. An audit relies on both.
 */
export class MarkerChecks {
  readonly #markedDays = new Set<Day>();
  readonly #passed = new Set<string>();
  readonly #setAside = new Set<StreamRecord>();

  public constructor(
    private readonly truth: Truth,
    private readonly witness: Witness,
  ) {}

  public onSetAside(records: readonly StreamRecord[]): void {
    for (const record of records) this.#setAside.add(record);
  }

  /** Called before the truth takes the record. */
  public onRecord({ chunkId, bytes }: StreamRecord): void {
    const markedDay = /^\$(\d{4}-\d\d-\d\d)-/.exec(chunkId)?.[1];
    if (markedDay !== undefined) this.#markedDays.add(markedDay);
    for (const { line, timeMs } of eventsOf(bytes)) {
      if (this.#markedDays.has(dayOf(timeMs)) && !this.truth.has(line))
        throw new Violation('behind-marker', `${line.id} of ${line.source} comes behind a marker of its day`);
    }
  }

  /** Called as counting records that it has passed the markers, of which only the first of a day and stripe is news. */
  public onPassed(markers: readonly Marker[], shards: Iterable<Shard>): void {
    for (const { day, stripe } of markers) {
      const name = `${day}-${stripe}`;
      if (this.#passed.has(name)) continue;
      this.#passed.add(name);
      for (const record of recordsBefore(shards, { day, stripe })) this.#requireCounted(record, day);
    }
  }

  #requireCounted(record: StreamRecord, day: Day): void {
    if (this.#setAside.has(record)) return;
    for (const { line, timeMs } of eventsOf(record.bytes)) {
      if (dayOf(timeMs) === day && !this.witness.hasCounted(line, timeMs))
        throw new Violation(
          'marker-ahead',
          `${line.id} of ${line.source} lies before a marker that was passed, and is not counted`,
        );
    }
  }
}

/** The records before the first marker of the day and stripe, in its shard. */
function recordsBefore(shards: Iterable<Shard>, { day, stripe }: Marker): readonly StreamRecord[] {
  const isMarker = ({ chunkId }: StreamRecord): boolean =>
    chunkId.startsWith(`$${day}-`) && chunkId.endsWith(`-${stripe}`);
  for (const { records } of shards) {
    const at = records.findIndex(isMarker);
    if (at >= 0) return records.slice(0, at);
  }
  return [];
}

const eventsOf = (bytes: Uint8Array): ReadEvent[] =>
  (readLines(bytes) ?? [])
    .map(({ event }) => event)
    .filter((event) => event !== null && !event.isControl) as ReadEvent[];
