/** Seeded events: the same plan is the same events, on every machine. */
import { makeRandom, makeZipf, wholeBelow, type Random } from '../cli/load/random.js';
import { formatArchiveLine } from '../core/archive-line.js';
import { encodeChunk } from '../core/chunk.js';
import { counterOf, type TallyEvent } from '../core/event.js';
import { HOUR_MS } from '../core/time.js';

export interface EventPlan {
  readonly seed: number;
  readonly counterCount: number;
  readonly zipfExponent: number;
  readonly typeCount: number;
  readonly lateShare: number;
}

const LATE_MS_MAX = 48 * HOUR_MS;

/** Makes events of about 180 bytes, as a producer sends them. */
export class EventSource {
  readonly #random: Random;
  readonly #drawCounter: (random: Random) => number;

  public constructor(private readonly plan: EventPlan) {
    this.#random = makeRandom(plan.seed);
    this.#drawCounter = makeZipf(plan.counterCount, plan.zipfExponent);
  }

  /** One event that happened at `timeMs`, or earlier if it is one of the late ones. */
  public next(timeMs: number): TallyEvent {
    const { typeCount, lateShare } = this.plan;
    const counter = this.#drawCounter(this.#random);
    const isLate = lateShare > 0 && this.#random() < lateShare;
    const type = typeCount === 1 ? 'template.used' : `template.used${counter % typeCount}`;
    const subject = `T-${counter}`;
    return {
      id: `${this.#hex()}-${this.#hex()}-${this.#hex()}-${this.#hex()}`,
      source: 'web-1',
      type,
      subject,
      partitionKey: counterOf(type, subject),
      timeMs: isLate ? timeMs - wholeBelow(LATE_MS_MAX, this.#random) : timeMs,
      value: 1,
      restJson: ',"data":{"value":1}',
    };
  }

  /** So many events, spread evenly over a window. */
  public window(startMs: number, windowMs: number, count: number): TallyEvent[] {
    return Array.from({ length: count }, (_, index) =>
      this.next(startMs + Math.floor((index * windowMs) / count)),
    );
  }

  #hex(): string {
    return Math.floor(this.#random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
}

/** Events as the stream holds them: chunks of so many each. */
export async function chunksOf(
  events: readonly TallyEvent[],
  eventsPerChunk: number,
): Promise<{ bytes: Uint8Array }[]> {
  const chunks: { bytes: Uint8Array }[] = [];
  for (let start = 0; start < events.length; start += eventsPerChunk) {
    const ofChunk = events.slice(start, start + eventsPerChunk);
    // A request's events are stamped together, none before it happened.
    const receivedAtMs = ofChunk.reduce((latest, { timeMs }) => Math.max(latest, timeMs), 0);
    const lines = ofChunk.map((event, position) =>
      formatArchiveLine(event, {
        receivedAtMs,
        chunkId: `b7c2a9d0-6e2f-4c55-9a41-${String(start).padStart(12, '0')}`,
        position,
      }),
    );
    chunks.push({ bytes: encodeChunk(lines) });
  }
  return chunks;
}

/** An event as its producer writes it. */
export const eventJson = ({ id, source, type, subject, timeMs, value }: TallyEvent): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time: new Date(timeMs).toISOString(),
    data: { value },
  });
