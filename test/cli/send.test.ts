import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TallyStub } from '../client/tally-stub.js';
import { eventLine, runTally } from './run-tally.js';

let stub: TallyStub;
let directory: string;
beforeEach(async () => {
  stub = await TallyStub.start();
  directory = await mkdtemp(join(tmpdir(), 'tally-send-'));
});
afterEach(async () => {
  await stub.stop();
  await rm(directory, { recursive: true });
});

const send = (stdin: string | Uint8Array, ...argv: string[]): ReturnType<typeof runTally> =>
  runTally(['send', '--url', stub.url, ...argv], { stdin });

const storedIds = (): string[] => [...stub.stored.values()].map(({ id }) => id);

it('sends stdin in requests of at most 500 events, gzipped', async () => {
  const lines = Array.from({ length: 1_203 }, (_, i) => eventLine(`e${i}`));
  expect(await send(lines.join('\n'))).toEqual({
    exitCode: 0,
    stdout: '1,203 accepted, 0 rejected\n',
    stderr: '',
  });
  expect(stub.posts.map((post) => post.lines.length).sort()).toEqual([203, 500, 500]);
  expect(stub.posts[0]?.headers['content-encoding']).toBe('gzip');
  expect(stub.stored.size).toBe(1_203);
});

it('keeps a request under 1 MiB', async () => {
  const lines = Array.from({ length: 12 }, (_, i) =>
    eventLine(`e${i}`, { data: { text: 'x'.repeat(200_000) } }),
  );
  await send(lines.join('\n'));
  for (const post of stub.posts) expect(post.lines.join('\n').length).toBeLessThan(1024 * 1024);
  expect(stub.stored.size).toBe(12);
});

it('sends lines as they are, whatever their spelling', async () => {
  const line = `  {"id": "a",   "source":"test", "type":"t", "extra":1.0, "text":"é😀"} `;
  await send(`\uFEFF${line}\r\n\n   \n`);
  expect(stub.posts[0]?.lines).toEqual([`${line}\r`]);
});

it('says which lines were rejected and why, grouped by code, and exits with 1', async () => {
  const file = join(directory, 'events.ndjson');
  const lines = [
    eventLine('a'),
    'no json',
    '',
    eventLine('b', { type: '' }),
    eventLine('c', { type: '' }),
    eventLine('d'),
  ];
  await writeFile(file, lines.join('\n'));
  const { exitCode, stdout } = await send('', file);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('2 accepted, 3 rejected');
  expect(stdout).toMatch(/^type_invalid +2 +\S+events\.ndjson:4 +b +type is ""$/m);
  expect(stdout).toMatch(/^ +\S+events\.ndjson:5 +c +type is ""$/m);
  expect(stdout).toMatch(/^json_invalid +1 +\S+events\.ndjson:2 +not JSON$/m);
  expect(storedIds()).toEqual(['a', 'd']);
});

it('gives the same as JSON', async () => {
  const { stdout } = await send(['no json', eventLine('a')].join('\n'), '--json');
  expect(JSON.parse(stdout)).toEqual({
    accepted: 1,
    rejected: 1,
    byCode: [
      { code: 'json_invalid', count: 1, examples: [{ place: 'stdin:1', id: null, message: 'not JSON' }] },
    ],
  });
});

it('does not send what decoding would change, or what fits into no request', async () => {
  const notUtf8 = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
  const huge = Buffer.from(`{"id":"${'x'.repeat(5_000_000)}"}\n`);
  const { stdout, exitCode } = await send(Buffer.concat([notUtf8, huge, Buffer.from(eventLine('a'))]));
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^text_ill_formed +1 +stdin:1/m);
  expect(stdout).toMatch(/^event_too_large +1 +stdin:2/m);
  expect(storedIds()).toEqual(['a']);
});

it('shows nothing of a rejected event that a terminal would obey', async () => {
  const { stdout } = await send(eventLine('a\u001b[31m', { type: '' }));
  expect(stdout).toContain('a\u{fffd}[31m');
});

it('retries, and counts once what was stored although the answer was lost', async () => {
  stub.faults.push('storeThenBreak', { status: 503 }, 'break');
  expect(await send(eventLine('a'))).toMatchObject({ exitCode: 0, stdout: '1 accepted, 0 rejected\n' });
  expect(stub.posts).toHaveLength(4);
  expect(storedIds()).toEqual(['a']);
});

it('stops at a refusal, and says what is stored and what to do', async () => {
  stub.faults.push({ status: 403, body: '{"code":"forbidden","detail":"this key may not ingest"}' });
  const { exitCode, stdout, stderr } = await send(eventLine('a'));
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toBe(
    'tally: stopped: 0 events are stored; send all again, none is counted twice\n' +
      'tally: forbidden: this key may not ingest\n',
  );
});

it('names a file that is not there, before anything is sent', async () => {
  const { exitCode, stderr } = await send('', join(directory, 'absent.ndjson'));
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/ENOENT: .*absent\.ndjson/);
  expect(stub.requests).toHaveLength(0);
});
