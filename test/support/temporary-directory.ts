import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const makeTemporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'tally-test-'));

export const removeDirectory = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
