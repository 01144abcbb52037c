/** What the server writes, whichever way it is compressed, is one archive to whoever reads it. */
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { countArchive } from '../../cli/load/archive.js';
import type { Compression } from '../../core/chunk.js';
import { itWithZstd } from '../support/zstd.js';
import { aServer, eventOfNow, makeDataDirectory, stopServers } from './a-server.js';

afterEach(stopServers);

itWithZstd('may change from start to start, and is then both in one archive', async () => {
  const dataDirectory = await makeDataDirectory();
  const compressions: readonly Compression[] = ['gzip', 'zstd', 'gzip', 'zstd'];
  for (const [at, compression] of compressions.entries()) {
    const server = await aServer({ dataDirectory, compression });
    await server.post([eventOfNow({ id: `id-${at}` }), eventOfNow({ id: 'id-0' })]);
    expect((await server.counted('page.viewed')).events).toBe(at + 1);
    await server.stop();
  }
  const names = readdirSync(join(dataDirectory, 'events'), { recursive: true, encoding: 'utf8' });
  const extensions = names.map((name) => extname(name)).filter((extension) => extension !== '');
  expect(extensions.sort()).toEqual(['.gz', '.gz', '.zst', '.zst']);
  expect(await countArchive(dataDirectory, 'web-1')).toEqual({
    fileCount: 4,
    lineCount: 8,
    distinctCount: 4,
  });
});
