import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { applyEdit, type Edit } from './bundle.js';

const JEST = 'node_modules/jest/bin/jest.js';
const CONFIG = 'test/simulation/edited-source.jest.config.mjs';

/** What a suite ends with when a test of it failed. */
export const SUITE_FAILED = 1;

export interface SuiteRun {
  readonly suite: string;
  readonly edits: readonly Edit[];
  /** The suite starts processes, which must run the edited source as well. */
  readonly startsProcesses?: boolean;
}

/** Run a suite over edited source, in a process of its own. */
export function exitCodeOf({ suite, edits, startsProcesses = false }: SuiteRun): Promise<unknown> {
  return startsProcesses
    ? exitCodeInCopy(suite, edits)
    : runJest(resolve('.'), ['--config', CONFIG, suite], edits);
}

async function runJest(directory: string, args: readonly string[], edits: readonly Edit[]): Promise<unknown> {
  const child = spawn(process.execPath, [join(directory, JEST), '--bail', ...args], {
    cwd: directory,
    env: { ...process.env, TALLY_EDITS: JSON.stringify(edits) },
    stdio: 'ignore',
  });
  return (await once(child, 'exit'))[0];
}

const NOT_COPIED = new Set(['node_modules', '.git', 'cdk.out', 'dist']);

/** In a copy of the project whose files are edited: whatever is started from there is as broken as the suite's own process. */
async function exitCodeInCopy(suite: string, edits: readonly Edit[]): Promise<unknown> {
  const copy = await mkdtemp(join(tmpdir(), 'tally-mutant-'));
  try {
    await cp(resolve('.'), copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    await symlink(resolve('node_modules'), join(copy, 'node_modules'));
    for (const edit of edits) {
      const path = join(copy, edit.file);
      await writeFile(path, applyEdit(await readFile(path, 'utf8'), edit));
    }
    return await runJest(copy, [suite], []);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
