import { gunzipSync } from 'node:zlib';
import { firstFrame, isZstd } from '../../core/zstd.js';

/** What a counter should say of one minute. */
export interface Tally {
  value: number;
  events: number;
}

/** The parts of an archive line that say what the event is. Read with JSON.parse, on purpose not with the code under test. */
export interface TrueLine {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly partitionkey: string;
  readonly time: string;
  readonly value: number;
}

/** A line as it lies in the archive: where it arrived, too. */
export interface ArchivedLine extends TrueLine {
  readonly receivedat: string;
  readonly chunk: string;
  readonly position: number;
}

const MINUTE_MS = 60_000;
const SLICE_MS = 5 * MINUTE_MS;

export const minuteKeyOf = (counter: string, minuteStartMs: number): string => `${counter}|${minuteStartMs}`;

/** The same, for people. */
export function minuteNameOf(key: string): string {
  const at = key.lastIndexOf('|');
  return `${key.slice(0, at)} at ${new Date(Number(key.slice(at + 1))).toISOString().slice(0, 16)}`;
}

/**
 * What should be counted: the distinct events that are in the stream. Knows nothing of journals, lanes or hashes.
 *
 * An event is in the stream when its chunk is, whether or not its producer ever heard so: an answer may be lost.
 */
export class Truth {
  readonly #identities = new Set<string>();
  readonly #acknowledged = new Set<string>();
  /** By `minuteKeyOf`. */
  public readonly tallies = new Map<string, Tally>();
  /** Lines that counting must refuse: of days sealed when they arrived, or unreadable. */
  public readonly linesToReject = new Set<string>();

  public get eventCount(): number {
    return this.#identities.size;
  }

  public store(chunkBytes: Uint8Array, isDayOver: (timeMs: number) => boolean): void {
    const lines = readLines(chunkBytes);
    if (lines === null) this.linesToReject.add(Buffer.from(chunkBytes).toString('base64'));
    for (const line of lines ?? []) if (line.event?.isControl !== true) this.#storeLine(line, isDayOver);
  }

  #storeLine({ text, event }: ReadLine, isDayOver: (timeMs: number) => boolean): void {
    if (event !== null && this.#identities.has(event.identity)) return;
    if (event === null || isDayOver(event.timeMs)) {
      this.linesToReject.add(text);
      return;
    }
    this.#identities.add(event.identity);
    this.#add(event.line, event.timeMs);
  }

  public has(line: TrueLine): boolean {
    return this.#identities.has(identityOf(line, Date.parse(line.time)));
  }

  public acknowledge(line: TrueLine): void {
    this.#acknowledged.add(identityOf(line, Date.parse(line.time)));
  }

  /** Identities that were promised and are not among `identities`. */
  public *promisedBeyond(identities: ReadonlySet<string>): Generator<string> {
    for (const identity of this.#acknowledged) if (!identities.has(identity)) yield identity;
  }

  #add({ type, subject, value }: TrueLine, timeMs: number): void {
    const minuteStartMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    for (const counter of subject === '' ? [type] : [type, `${type}/${subject}`]) {
      const key = minuteKeyOf(counter, minuteStartMs);
      const tally = this.tallies.get(key);
      if (tally === undefined) this.tallies.set(key, { value, events: 1 });
      else {
        tally.value += value;
        tally.events += 1;
      }
    }
  }
}

/** A line, and the event it is. `null`: no line of ours. */
interface ReadLine {
  readonly text: string;
  readonly event: ReadEvent | null;
}

export interface ReadEvent {
  readonly line: ArchivedLine;
  readonly timeMs: number;
  readonly identity: string;
  /** `2026-11-21T09:15` */
  readonly slice: string;
  /** A line of Tally's own. It is in the stream, and no event. */
  readonly isControl: boolean;
}

const readByChunk = new WeakMap<Uint8Array, readonly ReadLine[] | null>();

/** A chunk's lines; `null`: it is no chunk. Remembered: several checks look at a chunk. */
export function readLines(chunkBytes: Uint8Array): readonly ReadLine[] | null {
  const known = readByChunk.get(chunkBytes);
  if (known !== undefined) return known;
  const inflate = isZstd(chunkBytes) ? (bytes: Uint8Array) => firstFrame(bytes).content : gunzipSync;
  const text = tryTo(() => Buffer.from(inflate(chunkBytes)).toString('utf8'));
  const lines = text === undefined ? null : text.split('\n').slice(0, -1).map(readLine);
  readByChunk.set(chunkBytes, lines);
  return lines;
}

function readLine(text: string): ReadLine {
  const line = tryTo(() => JSON.parse(text) as ArchivedLine);
  if (line?.id === undefined) return { text, event: null };
  const timeMs = Date.parse(line.time);
  const slice = new Date(Math.floor(timeMs / SLICE_MS) * SLICE_MS).toISOString().slice(0, 16);
  const isControl = line.type.startsWith('$');
  return { text, event: { line, timeMs, identity: identityOf(line, timeMs), slice, isControl } };
}

function tryTo<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Two deliveries are one event when these agree. JSON and not joined text: no two of them may run together. */
export const identityOf = ({ source, id, type, subject, partitionkey }: TrueLine, timeMs: number): string =>
  JSON.stringify([source, id, type, subject, partitionkey, Math.floor(timeMs / SLICE_MS)]);

/** The identities of every event in some chunks. */
export function identitiesOf(chunks: Iterable<Uint8Array>): Set<string> {
  const identities = new Set<string>();
  for (const chunk of chunks) {
    for (const { event } of readLines(chunk) ?? [])
      if (event !== null && !event.isControl) identities.add(event.identity);
  }
  return identities;
}
