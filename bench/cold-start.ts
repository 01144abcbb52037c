import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Bench, BenchIo } from './bench.js';

const LAMBDAS = ['authorize', 'ingest', 'count', 'query'];
const STARTS = 5;
const projectPath = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Prints the CPU milliseconds of loading a module, whatever the module then finds missing. */
const MEASURE =
  'const b=process.cpuUsage();await import(process.argv[1]).catch((e)=>console.error(e.message));' +
  'const{user,system}=process.cpuUsage(b);console.log((user+system)/1000);process.exit(0)';

/** What a Lambda does before its first event: loading its one bundled file, by CPU time. */
export const coldStart: Bench = {
  name: 'cold-start',
  varies: 'the function',
  reports: 'size of the bundle and CPU to load it',
  run: async (io) => {
    const folder = mkdtempSync(join(tmpdir(), 'tally-bench-'));
    try {
      const rows = LAMBDAS.filter((name) => existsSync(projectPath(`lambdas/${name}.ts`))).map((name) =>
        measure(name, folder, io),
      );
      return [
        {
          title: 'Loading the bundled Lambdas',
          head: ['function', 'bundle KB', 'CPU ms'],
          rows,
          notes: [
            'Best of five starts. Bundled as lib/tally-function.ts does it; goal: under 250 ms on an idle core.',
          ],
        },
      ];
    } finally {
      rmSync(folder, { recursive: true });
      io.progress('');
    }
  },
};

function measure(name: string, folder: string, io: BenchIo): (string | number)[] {
  io.progress(name);
  const outfile = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [projectPath(`lambdas/${name}.ts`)],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    logLevel: 'error',
  });
  const loadMs = best(() => cpuMsOf(['--input-type=module', '-e', MEASURE, outfile]));
  return [name, Math.round(statSync(outfile).size / 1_024), Math.round(loadMs)];
}

const cpuMsOf = (args: readonly string[]): number =>
  Number(
    execFileSync(process.execPath, args, { env: LAMBDA_ENV, stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );

/** Enough that a handler's module gets as far as it would in Lambda before it makes its first call. */
const LAMBDA_ENV = { PATH: process.env['PATH'], AWS_REGION: 'us-east-1', NODE_OPTIONS: '' };

const best = (attempt: () => number): number => Math.min(...Array.from({ length: STARTS }, attempt));
