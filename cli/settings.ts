import { resolve } from 'node:path';
import { createClient, type RetryOptions, type TallyClient } from '../client/index.js';
import type { Io } from './io.js';

const URL_DEFAULT = 'http://127.0.0.1:8787';
const DATA_DEFAULT = './data';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly url?: string;
  readonly key?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** Flag before environment before default. */
export const urlOf = (flags: GlobalFlags, io: Io): string =>
  flags.url ?? nonEmpty(io.env['TALLY_URL']) ?? URL_DEFAULT;

export const dataDirectoryOf = (flags: GlobalFlags, io: Io): string =>
  resolve(flags.data ?? nonEmpty(io.env['TALLY_DATA']) ?? DATA_DEFAULT);

export const keyOf = (flags: GlobalFlags, io: Io): string | undefined =>
  flags.key ?? nonEmpty(io.env['TALLY_KEY']);

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** The client a command talks through. A person waits for what only reads: it gives up soon, unless told otherwise. */
export function clientOf(flags: GlobalFlags, io: Io, retry: RetryOptions = { max: 2 }): TallyClient {
  const apiKey = keyOf(flags, io);
  return createClient({
    url: urlOf(flags, io),
    source: 'tally-cli',
    ...(apiKey === undefined ? {} : { apiKey }),
    retry,
    runtime: { nowMs: () => io.nowMs(), sleep: (ms) => io.sleep(ms) },
  });
}
