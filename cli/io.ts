import { setTimeout as sleep } from 'node:timers/promises';

/** A stream that text can be written to, and that may be a terminal. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
  readonly rows?: number;
}

/** Everything a command takes from the process it runs in. Tests bring their own. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Data. */
  readonly stdout: Output;
  /** Chatter: progress, warnings, errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** Resolves when the person has had enough (Ctrl-C); from the first call on, that no longer ends the process. */
  interrupted(): Promise<void>;
  /** Fills with cryptographically strong random bytes. */
  randomBytes(count: number): Uint8Array;
}

export function processIo(): Io {
  // `tally get … | head` closes our output early: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    nowMs: () => Date.now(),
    sleep: (ms) => sleep(ms),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}
