import { RETRY_DEFAULTS } from '../../client/retry.js';
import { makeHttp, refusal, type Http } from '../../client/http.js';
import { RefusedError } from '../../client/errors.js';
import { makeRuntime } from '../../client/runtime.js';
import type { Io } from '../io.js';
import { keyOf, urlOf, type GlobalFlags } from '../settings.js';

export interface EventTotals {
  readonly accepted: number;
  readonly counted: number;
  readonly duplicate: number;
  readonly rejected: Readonly<Record<string, number>>;
}

/** What the server answers to `GET /v1/stats`, as far as it is shown; on AWS, where nothing adds that up, to `GET /v1/health`. */
export interface Stats {
  readonly status: string;
  readonly lagMs: number;
  readonly backlog?: { readonly chunks: number; readonly bytes: number };
  readonly startedAt?: string;
  readonly events?: EventTotals;
}

export interface CounterNow {
  readonly type: string;
  readonly value: number;
}

/** One look at a server. */
export interface Look {
  readonly atMs: number;
  readonly stats: Stats;
  readonly counters: readonly CounterNow[];
}

/** More types than this are not asked one by one, once a second: name those to watch. */
export const WATCHED_TYPES_MAX = 50;

const TIMEOUT_MS = 5_000;

/** A way to the server that gives up at once: the next look comes soon enough. */
export function httpOf(flags: GlobalFlags, io: Io): Http {
  const apiKey = keyOf(flags, io);
  const url = urlOf(flags, io);
  return makeHttp({
    url,
    ...(apiKey === undefined ? {} : { apiKey }),
    timeoutMs: TIMEOUT_MS,
    retry: { ...RETRY_DEFAULTS, max: 0 },
    runtime: makeRuntime({}),
    onRetry: () => {},
  });
}

/**
 * Look once.
 *
 * @param types those to read; none: the first {@link WATCHED_TYPES_MAX} there are.
 * @throws {UnreachableError} {RefusedError}
 */
export async function look(http: Http, types: readonly string[], nowMs: number): Promise<Look> {
  const stats = await readStats(http);
  const wanted = types.length > 0 ? types : await knownTypes(http);
  const counters = await Promise.all(wanted.map((type) => readCounter(http, type)));
  return { atMs: nowMs, stats, counters };
}

async function readStats(http: Http): Promise<Stats> {
  try {
    return (await read(http, '/v1/stats')) as Stats;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    return (await read(http, '/v1/health')) as Stats;
  }
}

async function knownTypes(http: Http): Promise<string[]> {
  const page = (await read(http, `/v1/counters?limit=${WATCHED_TYPES_MAX}`)) as { types: CounterNow[] };
  return page.types.map(({ type }) => type);
}

async function readCounter(http: Http, type: string): Promise<CounterNow> {
  const { value } = (await read(http, `/v1/counters/${encodeURIComponent(type)}`)) as CounterNow;
  return { type, value };
}

async function read(http: Http, path: string): Promise<unknown> {
  const { status, json } = await http({ method: 'GET', path });
  if (status !== 200) throw refusal(status, json);
  return json;
}
