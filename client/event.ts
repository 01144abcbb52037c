import { ClientError } from './errors.js';
import type { CloudEvent, CountOptions, Runtime } from './types.js';

const ID_BYTES = 16;

/**
 * The event that a call of `count` means. Everything in it is decided here, once.
 *
 * @throws {ClientError} `instant_invalid`: `at` is no instant. All else is the server's to judge.
 */
export function makeEvent(
  type: string,
  source: string,
  options: CountOptions,
  runtime: Pick<Runtime, 'nowMs'>,
): CloudEvent {
  const { subject, by, id = randomId(), at = runtime.nowMs(), partitionKey, data } = options;
  return {
    specversion: '1.0',
    id,
    source,
    type,
    ...(subject === undefined ? {} : { subject }),
    ...(partitionKey === undefined ? {} : { partitionkey: partitionKey }),
    time: timeOf(at),
    ...(by === undefined && data === undefined
      ? {}
      : { data: { ...data, ...(by === undefined ? {} : { value: by }) } }),
  };
}

/** Not `randomUUID`: browsers have it on secure pages only. */
const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

function timeOf(at: Date | number | string): string {
  if (typeof at === 'string') return at;
  const date = new Date(at);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  const got = typeof at === 'number' ? at : 'an invalid Date';
  throw new ClientError(
    'instant_invalid',
    `at is ${got}; give a Date, milliseconds since the epoch, or RFC 3339 text`,
  );
}
