/**
 * A load that costs its machine little: request bodies of events of one length, made once and patched before each sending,
 * over sockets that are written to and read from without an HTTP client.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { makeRandom, makeZipf } from '../cli/load/random.js';

export const LOAD_TYPE = 'template.used';
export const LOAD_COUNTERS = 1_000;
export const PER_REQUEST = 500;
export const DUPLICATES_PER_REQUEST = PER_REQUEST / 20;

const DRAWS = 1 << 20;
const INSTANT_LENGTH = 24;
const MILLISECONDS_AT = 20;

const EVENT =
  '{"specversion":"1.0","id":"00000000-00000000-00000000-00000000","source":"web-1","type":"template.used",' +
  '"subject":"T-0000","time":"2026-11-21T09:15:02.120Z","data":{"value":1}}';
const ID_AT = EVENT.indexOf('00000000-');
const SUBJECT_AT = EVENT.indexOf('0000","time"');
const TIME_AT = EVENT.indexOf('2026-');
/** With the comma or the bracket in front of it. */
const EVENT_LENGTH = EVENT.length + 1;

export const subjectOf = (counter: number): string => `T-${String(counter).padStart(4, '0')}`;
export const LOAD_SUBJECTS = Array.from({ length: LOAD_COUNTERS }, (_, counter) => subjectOf(counter));

/** Makes bodies, and knows what they must have been counted as. */
export class LoadBodies {
  /** Distinct events by counter. */
  public readonly expected = new Uint32Array(LOAD_COUNTERS);
  public freshCount = 0;
  readonly #draws = new Uint16Array(DRAWS);
  readonly #random = makeRandom(7);

  /** @param run tells the events of one run from those of another. */
  public constructor(private readonly run: number) {
    const draw = makeZipf(LOAD_COUNTERS, 1);
    for (let at = 0; at < DRAWS; at++) this.#draws[at] = draw(this.#random);
  }

  public empty(): Buffer {
    const body = Buffer.from(`[${Array.from({ length: PER_REQUEST }, () => EVENT).join(',')}]`);
    const view = viewOf(body);
    for (let index = 0; index < PER_REQUEST; index++)
      writeHex(view, 1 + index * EVENT_LENGTH + ID_AT + 27, this.run);
    return body;
  }

  /** Make a body's events new ones, but for some that `earlier` has too: its fresh events stand behind its duplicates. */
  public renew(body: Buffer, earlier: Buffer | undefined, nowMs: number): void {
    const duplicateCount = earlier === undefined ? 0 : DUPLICATES_PER_REQUEST;
    const view = viewOf(body);
    const time = viewOf(Buffer.from(new Date(nowMs).toISOString()));
    for (let index = 0; index < PER_REQUEST; index++) {
      const at = 1 + index * EVENT_LENGTH;
      if (index < duplicateCount) {
        const from =
          DUPLICATES_PER_REQUEST + Math.floor(this.#random() * (PER_REQUEST - DUPLICATES_PER_REQUEST));
        earlier?.copy(body, at, 1 + from * EVENT_LENGTH, 1 + from * EVENT_LENGTH + EVENT.length);
      } else this.#renewEvent(view, at, index, time);
    }
  }

  #renewEvent(body: DataView, at: number, index: number, time: DataView): void {
    const number = this.freshCount++;
    writeHex(body, at + ID_AT, mix(number));
    writeHex(body, at + ID_AT + 9, mix(number ^ 0x5bd1e995));
    writeHex(body, at + ID_AT + 18, mix(number + 0x9e3779b9));
    const counter = this.#draws[number & (DRAWS - 1)] ?? 0;
    this.expected[counter] = (this.expected[counter] ?? 0) + 1;
    writeDigits(body, at + SUBJECT_AT, counter, 4);
    for (let from = 0; from < INSTANT_LENGTH; from += 4)
      body.setUint32(at + TIME_AT + from, time.getUint32(from));
    writeDigits(body, at + TIME_AT + MILLISECONDS_AT, index, 3);
  }
}

/** Mixes 32 bits one to one: different numbers stay different, and look as ids do. */
function mix(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Two digits at a time: the load must cost its machine little. */
const HEX_PAIRS = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16BE(),
);

function writeHex(bytes: DataView, at: number, word: number): void {
  for (let pair = 0; pair < 4; pair++)
    bytes.setUint16(at + 2 * pair, HEX_PAIRS[(word >>> (24 - 8 * pair)) & 255] as number);
}

function writeDigits(bytes: DataView, at: number, number: number, count: number): void {
  let rest = number;
  for (let digit = count - 1; digit >= 0; digit--) {
    bytes.setUint8(at + digit, 0x30 + (rest % 10));
    rest = Math.floor(rest / 10);
  }
}

const ANSWER_END = `{"accepted":${PER_REQUEST},"rejected":[]}`;

/** One connection that has one request on its way at a time. */
export class LoadConnection {
  readonly #head: Buffer;
  readonly #bodies: [Buffer, Buffer];
  #hasSent = false;
  #received = '';
  #answered: ((failure?: Error) => void) | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly load: LoadBodies,
  ) {
    this.#bodies = [load.empty(), load.empty()];
    this.#head = Buffer.from(
      'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cloudevents-batch+json\r\n' +
        `content-length: ${this.#bodies[0].length}\r\n\r\n`,
    );
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => this.#answered?.(error));
  }

  public static async open(url: string, load: LoadBodies): Promise<LoadConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new LoadConnection(socket, load);
  }

  /** Send the next request; resolves with its answer, and rejects with any but an acceptance of every event. */
  public send(nowMs: number): Promise<void> {
    const [body, earlier] = this.#bodies;
    this.#bodies.reverse();
    this.load.renew(body, this.#hasSent ? earlier : undefined, nowMs);
    this.#hasSent = true;
    return new Promise((resolve, reject) => {
      this.#answered = (failure) => (failure === undefined ? resolve() : reject(failure));
      this.socket.cork();
      this.socket.write(this.#head);
      this.socket.write(body);
      this.socket.uncork();
    });
  }

  public close(): void {
    this.socket.destroy();
  }

  #receive(data: Buffer): void {
    this.#received += data.toString('latin1');
    const isAccepted = this.#received.startsWith('HTTP/1.1 202') && this.#received.endsWith(ANSWER_END);
    const isOther = !this.#received.startsWith('HTTP/1.1 202') || this.#received.includes('"code"');
    if (!isAccepted && !isOther) return;
    const failure = isAccepted ? undefined : new Error(`the server answered ${this.#received}`);
    this.#received = '';
    this.#answered?.(failure);
  }
}
