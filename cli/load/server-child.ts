import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CommandError } from '../failure.js';
import type { Io } from '../io.js';

const START_MS_MAX = 60_000;
const POLL_MS = 25;
const ERROR_TEXT_MAX = 2_000;

type ServerIo = Pick<Io, 'env' | 'nowMs' | 'sleep'>;

/** A server of our own, on a port of its own: one that may be killed. */
export class ServerChild {
  readonly #port: number;
  readonly #dataDirectory: string;
  readonly #io: ServerIo;
  #process: ChildProcess | undefined;
  #errorText = '';

  private constructor(port: number, dataDirectory: string, io: ServerIo) {
    this.#port = port;
    this.#dataDirectory = dataDirectory;
    this.#io = io;
    // Whatever ends us, the child must not outlive us: it has the data and the port.
    process.once('exit', () => this.#process?.kill('SIGKILL'));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  }

  public static async start(dataDirectory: string, io: ServerIo): Promise<ServerChild> {
    const child = new ServerChild(await freePort(), dataDirectory, io);
    await child.start();
    return child;
  }

  public get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /**
   * Resolves when it answers.
   *
   * @throws {CommandError} `server_failed`, with what it said.
   */
  public async start(): Promise<void> {
    this.#errorText = '';
    const started = spawn(process.execPath, ['--import', TSX_URL, SERVER_PATH], {
      env: {
        ...this.#io.env,
        TALLY_HOST: '127.0.0.1',
        TALLY_PORT: String(this.#port),
        TALLY_DATA: this.#dataDirectory,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = started;
    started.stderr.on('data', (text: Buffer) => {
      this.#errorText = (this.#errorText + text.toString()).slice(-ERROR_TEXT_MAX);
    });
    const deadlineMs = this.#io.nowMs() + START_MS_MAX;
    while (!(await this.#isAnswering())) {
      if (hasExited(started)) throw new CommandError('server_failed', `the server ended: ${this.#errorText}`);
      if (this.#io.nowMs() > deadlineMs)
        throw new CommandError('server_failed', 'the server did not start in a minute');
      await this.#io.sleep(POLL_MS);
    }
  }

  /** As a power cut would: no chance to finish anything. */
  public kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** As an operator would: it finishes what it acknowledged. */
  public stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = this.#process;
    if (ending === undefined || hasExited(ending)) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  }

  async #isAnswering(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/v1/health`);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

const TSX_URL = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const SERVER_PATH = fileURLToPath(new URL('../../server/main.ts', import.meta.url));

const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** A port that was free a moment ago: the system hands them out in turn, so nobody else gets it soon. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
