import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbKeys } from '../../adapters/embedded/lmdb-keys.js';
import { openCountData } from '../../adapters/embedded/open-data.js';
import { isKeyValid, parseToken, type KeyRecord } from '../../core/keys.js';
import { runTally } from './run-tally.js';

let data: string;
beforeEach(async () => void (data = await mkdtemp(join(tmpdir(), 'tally-keys-'))));
afterEach(() => rm(data, { recursive: true }));

const keys = (...argv: string[]): ReturnType<typeof runTally> =>
  runTally(['keys', ...argv], { env: { TALLY_DATA: data } });

/** As the server finds it. */
async function find(token: string): Promise<KeyRecord | null> {
  const open = openCountData(data);
  try {
    return await new LmdbKeys(open).find(parseToken(token)?.id ?? '');
  } finally {
    await open.environment.close();
  }
}

it('makes a key that is valid, and prints its token alone on stdout', async () => {
  const { exitCode, stdout, stderr } = await keys(
    ...['create', '--scope', 'ingest,read', '--source', 'web-*', '--label', 'web servers'],
  );
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^tally_[0-9a-f]{16}_[0-9a-f]{64}_[0-9a-f]{8}\n$/);
  expect(stderr).not.toContain(stdout.trim());
  const record = await find(stdout.trim());
  expect(record).toMatchObject({ scopes: ['ingest', 'read'], sourcePattern: 'web-*', label: 'web servers' });
  expect(record !== null && isKeyValid(record, parseToken(stdout.trim())!)).toBe(true);
});

it('lists keys without their hashes, and revokes them', async () => {
  const made = await keys('create', '--scope', 'admin', '--json');
  const { id, token } = JSON.parse(made.stdout) as { id: string; token: string };
  expect((await keys('revoke', id)).exitCode).toBe(0);
  expect(await find(token)).toMatchObject({ revokedAtMs: Date.parse('2026-11-21T09:15:02.120Z') });
  const listed = await keys('list');
  expect(listed.stdout).toMatch(new RegExp(`^${id} +admin +\\* .*2026-11-21T09:15:02.120Z$`, 'm'));
  const json = await keys('list', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject([{ id, scopes: ['admin'] }]);
  expect(json.stdout).not.toContain('ecret');
});

it('works while a server has the data open', async () => {
  const open = openCountData(data);
  const { stdout } = await keys('create', '--scope', 'read');
  expect(await new LmdbKeys(open).find(parseToken(stdout.trim())?.id ?? '')).toMatchObject({
    scopes: ['read'],
  });
  await open.environment.close();
});

it('refuses an id that is no key', async () => {
  await keys('create', '--scope', 'read');
  const { exitCode, stderr } = await keys('revoke', 'nope');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 4,
    stderr: 'tally: key_unknown: there is no key nope: see `tally keys list`\n',
  });
});

it('does not make data where there is none, only to list it', async () => {
  const { exitCode, stderr } = await keys('list', '--data', join(data, 'absent'));
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^tally: data_missing: /);
  expect(await readdir(data)).toEqual([]);
});

it.each([['create'], ['create', '--scope', 'write'], ['create', '--scope', '']])(
  'refuses %j %j %j',
  async (...argv) => {
    const { exitCode, stderr } = await keys(...argv.filter((one) => one !== undefined));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--scope/);
  },
);
