/** A file of the archive whose end is torn or spoilt: what it lacks is known by the receipts. SQL reads such a file as far as it goes. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { AuditEngine } from './audit-engine.js';

const DAY = '2026-11-20';

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  for (const id of ['1', '2', '3']) {
    await engine.send([{ id, time: `${DAY}T07:0${id}:00Z`, subject: id, value: 5 }]);
    await engine.pump();
  }
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
});
afterEach(() => engine.dispose());

const lastFile = (): string => engine.archiveFiles().at(-1) ?? '';

const DAMAGES: readonly (readonly [string, (path: string) => void])[] = [
  ['torn off', (path) => truncateSync(path, readFileSync(path).length - 20)],
  [
    'overwritten',
    (path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0xaa, bytes.length - 30));
    },
  ],
];

test.each(DAMAGES)(
  'the tail of the last file is %s: its chunk is missed, and stays counted',
  async (_, damage) => {
    damage(lastFile());
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
  },
);
