import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { aServer, stopServers, type TestServer } from '../a-server.js';

/** Of all files together, as they are sent: a page opens at once even on a slow line. */
const PAGE_BYTES_MAX = 150 * 1024;

let server: TestServer;
beforeAll(async () => void (server = await aServer()));
afterAll(stopServers);

/** Every address that the page's files name, and the page itself. */
async function filesOfThePage(): Promise<string[]> {
  const html = await (await server.get('/')).text();
  const named = [...html.matchAll(/(?:src|href)="(console\/[^"]+)"/g)].map(([, path]) => `/${path}`);
  const modules = readdirSync(join(__dirname, '../../../console')).filter((name) => name.endsWith('.js'));
  return [...new Set(['/', ...named, ...modules.map((name) => `/console/${name}`)])];
}

describe('the console', () => {
  it('is whole, small, and of types that browsers run', async () => {
    let bytes = 0;
    for (const path of await filesOfThePage()) {
      const response = await server.get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('content-type')).toMatch(/^(text\/(html|javascript|css)|image\/svg\+xml)/);
      bytes += (await response.arrayBuffer()).byteLength;
    }
    expect(bytes).toBeLessThan(PAGE_BYTES_MAX);
  });

  it('lets nothing but its own files run, and nobody frame it', async () => {
    for (const path of ['/', '/console/console.js']) {
      const { headers } = await server.get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
    expect(await (await server.get('/')).text()).not.toMatch(/<script>|<style|\sstyle=|\son[a-z]+=/);
  });

  it('is sent once, and after that only if it changed', async () => {
    const etag = (await server.get('/console/console.css')).headers.get('etag') ?? '';
    const again = await server.get('/console/console.css', { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await server.get('/console/console.css', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('serves no other file', async () => {
    for (const path of [
      '/console/',
      '/console/index.html',
      '/console/..%2fpackage.json',
      '/console/nothing.js',
    ])
      expect((await server.get(path)).status).toBe(404);
  });
});

describe('GET /v1/stats', () => {
  it('counts events since the start: accepted, counted, duplicate, and rejected by code', async () => {
    const time = new Date().toISOString();
    const event = { specversion: '1.0', id: '1', source: 's', type: 'stats', time };
    await server.post([event, event, { ...event, type: 'a/b' }]);
    expect(await server.statsOf(2)).toMatchObject({
      status: 'ok',
      startedAt: expect.stringMatching(/Z$/) as string,
      events: { accepted: 2, counted: 1, duplicate: 1, rejected: { type_invalid: 1 } },
    });
  });
});
