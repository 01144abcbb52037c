import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Edit } from './bundle.js';

const JEST = resolve('node_modules/jest/bin/jest.js');
const CONFIG = 'test/simulation/edited-source.jest.config.mjs';

/** What a suite ends with when a test of it failed. */
export const SUITE_FAILED = 1;

/** Run a suite over edited source, in a process of its own. */
export async function exitCodeOf(suite: string, edits: readonly Edit[]): Promise<unknown> {
  const child = spawn(process.execPath, [JEST, '--config', CONFIG, '--bail', suite], {
    env: { ...process.env, TALLY_EDITS: JSON.stringify(edits) },
    stdio: 'ignore',
  });
  return (await once(child, 'exit'))[0];
}
