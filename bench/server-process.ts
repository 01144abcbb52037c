/** The embedded server as users run it, in a process of its own, and what the system says about that process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What `npm start` gives to node. */
function startArgs(): string[] {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').slice(1);
}

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

export class ServerProcess {
  private constructor(
    public readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param nodeArgs such as `--cpu-prof`. */
  public static async start(dataDirectory: string, nodeArgs: readonly string[] = []): Promise<ServerProcess> {
    const child = spawn(process.execPath, [...nodeArgs, ...startArgs()], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], TALLY_PORT: '0', TALLY_DATA: dataDirectory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Whatever ends the bench, the server must not outlive it.
    process.once('exit', () => child.kill('SIGKILL'));
    const exited = once(child, 'exit').then(() => {
      throw new Error('the server ended before it listened');
    });
    const listening = new Promise<string>((resolve) => {
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        const url = /listens on (\S+),/.exec((output += data.toString()))?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    exited.catch(() => undefined);
    return new ServerProcess(await Promise.race([listening, exited]), child);
  }

  /** As an operator would: it finishes what it acknowledged. */
  public async stop(): Promise<void> {
    const exited = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill('SIGTERM');
    const [exitCode] = await exited;
    if (exitCode !== 0) throw new Error(`the server ended with ${exitCode}`);
  }

  /** CPU milliseconds so far, by name of thread. Threads of one name are one. */
  public cpuMs(): Map<string, number> {
    const cpuMsByThread = new Map<string, number>();
    for (const id of readdirSync(this.#proc('task'))) {
      const stat = readFileSync(this.#proc(`task/${id}/stat`), 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      // After the name: state, then twelve to fourteen are user and system time.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ms = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
      cpuMsByThread.set(name, (cpuMsByThread.get(name) ?? 0) + ms);
    }
    return cpuMsByThread;
  }

  /** Memory in MB: of the process's own, and pages of files that it has mapped, which the system takes back at will. */
  public memoryMb(): { own: number; files: number } {
    const status = readFileSync(this.#proc('status'), 'utf8');
    const mbOf = (name: string): number =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1_024);
    return { own: mbOf('RssAnon'), files: mbOf('RssFile') };
  }

  #proc(path: string): string {
    return `/proc/${this.child.pid}/${path}`;
  }
}
