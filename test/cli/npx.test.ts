/** The installed command, as a person runs it: a fresh copy of the sources, npm's own npx, and no network. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = join(__dirname, '../..');
const NOWHERE = 'http://127.0.0.1:9';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tally-npx-'));
  for (const name of ['package.json', 'tsconfig.json', 'adapters', 'cli', 'client', 'core']) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  await symlink(await realpath(join(ROOT, 'node_modules')), join(directory, 'node_modules'));
});
afterAll(() => rm(directory, { recursive: true }));

const npx = (...argv: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)('npx', argv, {
    cwd: directory,
    env: {
      ...process.env,
      npm_config_registry: NOWHERE,
      npm_config_fetch_retries: '0',
      npm_config_cache: join(directory, 'npm-cache'),
    },
  });

it('runs by `npx tally` without a network', async () => {
  const { stdout } = await npx('tally', '--version');
  expect(stdout).toBe(`${packageJson.version}\n`);
});

it('passes on the exit code', async () => {
  await expect(npx('tally', 'health', '--url', NOWHERE)).rejects.toMatchObject({ code: 3, stdout: '' });
});
