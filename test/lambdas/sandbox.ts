import { fork, type ChildProcess } from 'node:child_process';
import { projectPath } from '../../lib/bundling.js';

/** What a handler threw, as far as it crosses a process. */
export class InvocationError extends Error {
  public override readonly name = 'InvocationError';

  public constructor(
    message: string,
    public readonly code?: string,
  ) {
    super(message);
  }
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly code?: string };
}

const INVOCATION_MS = 60_000;

/** One warm sandbox of a Lambda. */
export class Sandbox {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  #invocationCount = 0;
  /** Everything the Lambda wrote to its log. */
  public log = '';

  private constructor(bundlePath: string, environment: Readonly<Record<string, string>>) {
    this.#process = fork(projectPath('test/lambdas/run-handler.mjs'), [bundlePath], {
      // Lambda gives a function its own variables and nothing of ours.
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      execArgv: ['--enable-source-maps', '--no-warnings'],
      silent: true,
    });
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output?.on('data', (text: Buffer) => (this.log += text.toString()));
    }
    this.#process.on('message', (reply: Reply) => this.#settle(reply));
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values())
        reject(new InvocationError(`the sandbox is gone: ${this.log}`));
      this.#waiting.clear();
    });
  }

  /** @throws {InvocationError} the bundle can't be loaded. */
  public static async start(
    bundlePath: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<Sandbox> {
    const sandbox = new Sandbox(bundlePath, environment);
    await sandbox.#reply(0);
    return sandbox;
  }

  public async invoke<Result>(event: unknown, remainingMs = INVOCATION_MS): Promise<Result> {
    const id = ++this.#invocationCount;
    const reply = this.#reply(id);
    this.#process.send({ id, event, remainingMs });
    return (await reply) as Result;
  }

  /** At once, in the middle of whatever it does. */
  public async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await exited;
  }

  #reply(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle({ id, result, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new InvocationError(error.message, error.code));
  }
}
