import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { CloudEvent, CounterRow } from '../../client/index.js';

/** What to do with a request instead of answering it properly. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** The connection breaks after the request arrived, before (or after) the events are stored. */
  | 'break'
  | 'storeThenBreak';

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As it was on the wire, hex: to compare retries. */
  readonly wire: string;
  readonly lines: readonly string[];
}

/** A server that speaks the contract over real HTTP, keeps events in memory, and fails when told to. */
export class TallyStub {
  public readonly requests: StubRequest[] = [];
  /** Each event once, by source and id, in order of arrival. */
  public readonly stored = new Map<string, CloudEvent>();
  /** Taken one per request, in order; none left: all is well. */
  public readonly faults: Fault[] = [];
  /** More events than this in a request: 413. */
  public eventsMax = 5_000;
  /** While set, requests wait for it. */
  public gate: Promise<void> | undefined;
  /** Answers of /v1/health, in order; the last one stays. */
  public healths: object[] = [{}];
  /** How many rows a page of a counter holds. */
  public pageRowsMax = 1_000;
  /** Added to what GET answers as the value of a counter (`type` or `type/subject`) that is not at zero. */
  public readonly drift = new Map<string, number>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  public static async start(): Promise<TallyStub> {
    const stub = new TallyStub();
    await new Promise<void>((resolve) => stub.#server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  public get posts(): StubRequest[] {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  public async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await readRequest(request);
    this.requests.push(received);
    await this.gate;
    const fault = this.faults.shift();
    if (fault === 'storeThenBreak') this.#store(received.lines);
    if (fault === 'break' || fault === 'storeThenBreak') return void request.socket.destroy();
    if (fault !== undefined) {
      response.writeHead(fault.status, { 'content-type': 'application/problem+json', ...fault.headers });
      return void response.end(fault.body ?? '');
    }
    const { status, json } = this.#answer(received);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  }

  #answer({ method, path, lines }: StubRequest): { status: number; json: unknown } {
    const url = new URL(path, 'http://stub');
    if (url.pathname === '/v1/health') return { status: 200, json: this.#health() };
    if (method === 'GET') return { status: 200, json: this.#counter(url) };
    if (lines.length > this.eventsMax)
      return { status: 413, json: { code: 'too_many_events', detail: 'too many' } };
    const rejected = this.#store(lines);
    const accepted = lines.length - rejected.length;
    return { status: accepted === 0 ? 422 : 202, json: { accepted, rejected } };
  }

  #store(lines: readonly string[]): object[] {
    return lines.flatMap((line, index): object[] => {
      const event = parse(line);
      if (event === undefined) return [{ index, id: null, code: 'json_invalid', message: 'not JSON' }];
      if (event.type === '') return [{ index, id: event.id, code: 'type_invalid', message: 'type is ""' }];
      const identity = `${event.source}\n${event.id}`;
      if (!this.stored.has(identity)) this.stored.set(identity, event);
      return [];
    });
  }

  #health(): object {
    const said = this.healths.length > 1 ? this.healths.shift() : this.healths[0];
    const well = {
      status: 'ok',
      asOf: '2026-11-21T09:15:02.120Z',
      lagMs: 0,
      backlog: { chunks: 0, bytes: 0 },
    };
    return { ...well, sealedThrough: null, ...said };
  }

  #counter(url: URL): object {
    const type = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const subject = url.searchParams.get('subject');
    const counted = [...this.stored.values()].filter(
      (event) => event.type === type && (subject === null || event.subject === subject),
    );
    const drift =
      counted.length === 0 ? 0 : (this.drift.get(subject === null ? type : `${type}/${subject}`) ?? 0);
    const valueOf = (event: CloudEvent): number => (event.data as { value?: number } | undefined)?.value ?? 1;
    const rows = url.searchParams.has('granularity')
      ? counted.map((event) => rowOf(event, valueOf(event)))
      : [];
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const end = start + this.pageRowsMax;
    return {
      type,
      subject,
      value: counted.reduce((sum, event) => sum + valueOf(event), drift),
      events: counted.length,
      rows: rows.slice(start, end),
      next: end < rows.length ? String(end) : null,
      asOf: '2026-11-21T09:15:02.120Z',
      lagMs: 0,
      sealedThrough: null,
    };
  }
}

const rowOf = (event: CloudEvent, value: number): CounterRow => ({
  from: event.time,
  to: event.time,
  value,
  events: 1,
  status: 'live',
});

const parse = (line: string): CloudEvent | undefined => {
  try {
    return JSON.parse(line) as CloudEvent;
  } catch {
    return undefined;
  }
};

async function readRequest(request: IncomingMessage): Promise<StubRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    wire: bytes.toString('hex'),
    lines: text.split('\n').filter((line) => line !== ''),
  };
}
