/** The server as its own process: what a test can kill. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends a signal, and resolves with how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ exitCode: number | null; output: string }>;
}

/** Start a server on a free port. Rejects with what it wrote if it ends before it listens. */
export async function aServerProcess(
  dataDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], TALLY_PORT: '0', TALLY_DATA: dataDirectory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (data: Buffer): void => {
      output += data.toString();
      const match = /listens on (\S+),/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then(() => {
      reject(new Error(output));
    });
  });
  return {
    url,
    child,
    end: async (signal) => {
      child.kill(signal);
      const [exitCode] = await exited;
      return { exitCode, output };
    },
  };
}
