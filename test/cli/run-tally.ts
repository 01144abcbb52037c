import { main } from '../../cli/main.js';
import type { Io } from '../../cli/io.js';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a command line in this process; sleeping takes no time. */
export async function runTally(
  argv: readonly string[],
  given: { stdin?: string | Uint8Array; env?: Record<string, string> } & Partial<
    Omit<Io, 'stdin' | 'env'>
  > = {},
): Promise<Run> {
  const { stdin = '', env = {}, ...more } = given;
  const written = { stdout: '', stderr: '' };
  const io: Io = {
    stdin: pieces(stdin),
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    env,
    nowMs: () => Date.parse('2026-11-21T09:15:02.120Z'),
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
    interrupted: () => new Promise(() => {}),
    randomBytes: (count) => new Uint8Array(count).fill(7),
    ...more,
  };
  return { exitCode: await main(argv, io), ...written };
}

/** In small pieces at first, so that lines and characters are cut anywhere. */
async function* pieces(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content);
  const smallUntil = Math.min(bytes.length, 10_000);
  for (let start = 0; start < smallUntil; start += 7)
    yield bytes.subarray(start, Math.min(start + 7, smallUntil));
  for (let start = smallUntil; start < bytes.length; start += 65_536)
    yield bytes.subarray(start, start + 65_536);
}

/** An event as a line of NDJSON. */
export const eventLine = (id: string, given: object = {}): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'test',
    type: 'page.viewed',
    time: '2026-11-21T09:15:02.120Z',
    ...given,
  });
