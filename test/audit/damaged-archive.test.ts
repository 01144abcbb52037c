/** A file of the archive whose end is torn or spoilt: seen, named, and never taken for the truth. */
import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
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
  'the tail of the last file is %s: nothing is sealed, and the file is named',
  async (_, damage) => {
    const path = lastFile();
    damage(path);
    const audit = engine.audit(DAY);
    await expect(audit).rejects.toMatchObject({ code: 'audit_failed' });
    await expect(audit).rejects.toThrow(path);
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  },
);

test('moved away, its events are known to be lost, and stay counted', async () => {
  const path = lastFile();
  truncateSync(path, 10);
  await expect(engine.audit(DAY)).rejects.toThrow(path);
  renameSync(path, `${path}.damaged`);
  const report = await engine.audit(DAY);
  expect(report).toMatchObject({ outcome: 'sealed', isArchiveIncomplete: true });
  expect(await engine.query('used')).toMatchObject({ value: 15, events: 3 });
});
