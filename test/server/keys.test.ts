import { randomBytes } from 'node:crypto';
import { LmdbKeys } from '../../adapters/embedded/lmdb-keys.js';
import { openCountData } from '../../adapters/embedded/open-data.js';
import { makeKey, type Scope } from '../../core/keys.js';
import { aServer, eventOfNow, makeDataDirectory, stopServers } from './a-server.js';

afterEach(stopServers);

/** As the command line makes keys: beside the server, in its data. */
async function createKey(dataDirectory: string, scopes: readonly Scope[], sourcePattern?: string) {
  const data = openCountData(dataDirectory);
  const { token, record } = makeKey(
    { id: randomBytes(8), secret: randomBytes(32) },
    { scopes, createdAtMs: 0, ...(sourcePattern === undefined ? {} : { sourcePattern }) },
  );
  const keys = new LmdbKeys(data);
  await keys.create(record);
  return {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    revoke: () => keys.revoke(record.id, 1),
    close: () => data.environment.close(),
  };
}

describe('keys', () => {
  it('are not needed on loopback until there is one, and then they are, without a restart', async () => {
    const server = await aServer();
    expect((await server.post(eventOfNow())).status).toBe(202);
    const key = await createKey(server.dataDirectory, ['ingest']);
    const refused = await server.post(eventOfNow());
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect(await refused.json()).toMatchObject({ code: 'unauthorized' });
    expect((await server.post(eventOfNow(), key.headers)).status).toBe(202);
    await key.revoke();
    expect((await server.post(eventOfNow(), key.headers)).status).toBe(401);
    // The last key is revoked: that locks the server, it does not open it.
    expect((await server.post(eventOfNow())).status).toBe(401);
    expect((await server.get('/v1/health')).status).toBe(200);
    await key.close();
  });

  it('allow what their scopes say', async () => {
    const server = await aServer();
    const keys = {
      ingest: await createKey(server.dataDirectory, ['ingest']),
      read: await createKey(server.dataDirectory, ['read']),
      admin: await createKey(server.dataDirectory, ['admin']),
    };
    const describe_ = (headers: Record<string, string>) =>
      fetch(`${server.url}/v1/catalog/page.viewed`, { method: 'PUT', headers, body: '{"unit":"views"}' });
    const statuses = async ({ headers }: { headers: Record<string, string> }) => [
      (await server.post(eventOfNow(), headers)).status,
      (await server.get('/v1/counters', headers)).status,
      (await server.get('/v1/counters/page.viewed', headers)).status,
      (await server.get('/metrics', headers)).status,
      (await describe_(headers)).status,
    ];
    expect(await statuses(keys.ingest)).toEqual([202, 403, 403, 403, 403]);
    expect(await statuses(keys.read)).toEqual([403, 200, 200, 200, 403]);
    expect(await statuses(keys.admin)).toEqual([202, 200, 200, 200, 200]);
    expect(await (await describe_(keys.read.headers)).json()).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('needs admin') as string,
    });
    for (const key of Object.values(keys)) await key.close();
  });

  it('hold a producer to its sources', async () => {
    const server = await aServer();
    const key = await createKey(server.dataDirectory, ['ingest'], 'web-*');
    const response = await server.post([eventOfNow(), eventOfNow({ id: 'x', source: 'shop' })], key.headers);
    expect(await response.json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, id: 'x', code: 'source_not_allowed' }],
    });
    await key.close();
  });

  it.each([
    'Bearer',
    'Bearer nonsense',
    'Basic dGFsbHk6',
    `Bearer tally_${'0'.repeat(16)}_${'0'.repeat(64)}_00000000`,
  ])('that are malformed are refused: %p', async (authorization) => {
    const server = await aServer();
    const key = await createKey(server.dataDirectory, ['admin']);
    expect((await server.get('/v1/counters', { authorization })).status).toBe(401);
    await key.close();
  });

  it('are required wherever others can reach the server', async () => {
    const dataDirectory = await makeDataDirectory();
    await expect(aServer({ dataDirectory, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'keys_required',
    });
    const key = await createKey(dataDirectory, ['read']);
    const server = await aServer({ dataDirectory, host: '0.0.0.0' });
    expect((await server.get('/v1/counters')).status).toBe(401);
    expect((await server.get('/v1/counters', key.headers)).status).toBe(200);
    await key.close();
  });
});
