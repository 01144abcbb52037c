import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { countArchive } from '../../../cli/load/archive.js';

let data: string;
beforeEach(async () => void (data = await mkdtemp(join(tmpdir(), 'tally-archive-'))));
afterEach(() => rm(data, { recursive: true }));

const HOUR = 'events/dt=2026-11-21/hour=09';

const write = async (name: string, ...members: Buffer[]): Promise<void> => {
  await mkdir(dirname(join(data, name)), { recursive: true });
  await writeFile(join(data, name), Buffer.concat(members));
};

const member = (...ids: string[]): Buffer => gzipSync(ids.map((id) => `${archiveLine(id)}\n`).join(''));

const archiveLine = (id: string, given: object = {}): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'ours',
    type: 't',
    subject: '',
    partitionkey: 't',
    time: '2026-11-21T09:15:02.120Z',
    ...given,
  });

it('counts each event once over files, members and lines', async () => {
  await write(`${HOUR}/a.ndjson.gz`, member('1', '2'), member('2', '3'));
  await write('events/dt=2026-11-22/hour=00/b.ndjson.gz', member('3', '4'));
  expect(await countArchive(data, 'ours')).toEqual({ fileCount: 2, lineCount: 6, distinctCount: 4 });
});

it('tells events apart by all of their identity, time by its five minutes', async () => {
  const differing = [
    {},
    { time: '2026-11-21T09:19:59.999Z' },
    { time: '2026-11-21T09:20:00.000Z' },
    { type: 'u' },
    { subject: 's' },
    { partitionkey: 'p' },
  ];
  await write(`${HOUR}/a.ndjson.gz`, gzipSync(differing.map((given) => archiveLine('1', given)).join('\n')));
  expect(await countArchive(data, 'ours')).toMatchObject({ lineCount: 6, distinctCount: 5 });
});

it("leaves out other sources' events, and files that are still being written", async () => {
  await write(`${HOUR}/a.ndjson.gz`, gzipSync(archiveLine('1', { source: 'theirs' })));
  await write(`${HOUR}/.b.ndjson.gz`, member('2'));
  await write(`${HOUR}/c.ndjson.gz.tmp`, member('3'));
  expect(await countArchive(data, 'ours')).toEqual({ fileCount: 1, lineCount: 0, distinctCount: 0 });
});

it('does not take a torn file for a whole one', async () => {
  await write(`${HOUR}/a.ndjson.gz`, member('1').subarray(0, -5));
  await expect(countArchive(data, 'ours')).rejects.toThrow('unexpected end of file');
});
