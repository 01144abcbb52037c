/** A file of the archive whose end is torn or spoilt: what it lacks is known by the receipts. SQL reads such a file as far as it goes. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { Compression } from '../../core/chunk.js';
import { itWithZstd } from '../support/zstd.js';
import { AuditEngine } from './audit-engine.js';

const DAY = '2026-11-20';

let engine: AuditEngine;
const start = async (compression: Compression): Promise<void> => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`, undefined, compression);
  for (const id of ['1', '2', '3']) {
    await engine.send([{ id, time: `${DAY}T07:0${id}:00Z`, subject: id, value: 5 }]);
    await engine.pump();
  }
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
};
afterEach(() => engine.dispose());

const lastFile = (): string => engine.archiveFiles().at(-1) ?? '';

const tearOff = (path: string): void => truncateSync(path, readFileSync(path).length - 20);
const overwrite = (path: string): void => {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xaa, bytes.length - 30));
};

async function expectOneChunkMissed(): Promise<void> {
  const report = await engine.audit(DAY);
  expect(report).toMatchObject({
    outcome: 'sealed',
    isArchiveIncomplete: true,
    incompleteChunkCount: 1,
    archived: { events: 4 },
    total: { value: 15, events: 3 },
  });
  expect(report.incompleteChunks).toEqual([expect.objectContaining({ archived: { value: 0, events: 0 } })]);
  expect(await engine.query('used')).toMatchObject({ value: 15, events: 3 });
}

test.each([
  ['torn off', tearOff],
  ['overwritten', overwrite],
])('the tail of the last file is %s: its chunk is missed, and stays counted', async (_, damage) => {
  await start('gzip');
  damage(lastFile());
  await expectOneChunkMissed();
});

itWithZstd(
  'the tail of the last file, of zstd, is torn off: its chunk is missed, and stays counted',
  async () => {
    await start('zstd');
    expect(lastFile()).toMatch(/\.ndjson\.zst$/);
    tearOff(lastFile());
    await expectOneChunkMissed();
  },
);

itWithZstd(
  'the tail of the last file, of zstd, is overwritten: its checksum stops the audit, which names it',
  async () => {
    await start('zstd');
    overwrite(lastFile());
    await expect(engine.audit(DAY)).rejects.toThrow(`${lastFile()} does not inflate`);
  },
);
