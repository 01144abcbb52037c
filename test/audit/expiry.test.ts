import { removeExpired } from '../../adapters/embedded/lmdb-housekeeping.js';
import { DAY_MS } from '../../core/time.js';
import { AuditEngine, LATENESS_MS } from './audit-engine.js';

const DAY = '2026-11-20';

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  await engine.send([{ id: '1', time: `${DAY}T07:00:00Z`, subject: 'a', value: 5 }]);
  engine.clock.set(Date.parse('2026-11-21T01:00:00Z'));
  await engine.send([{ id: '2', time: '2026-11-21T00:30:00Z', subject: 'a' }]);
  await engine.pump();
});
afterEach(() => engine.dispose());

const EXPIRES_AT_MS = Date.parse('2026-11-21T00:00:00Z') + LATENESS_MS + 37 * DAY_MS;

const itemCount = (): number =>
  Array.from(engine.countData.journal.getKeys({})).length +
  Array.from(engine.countData.shards.getKeys({})).length;

test('journals and shards go when their day is sealed and has expired, and no other day’s', async () => {
  const before = itemCount();
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
  await engine.audit(DAY);
  expect(await removeExpired(engine.countData, EXPIRES_AT_MS - 1)).toBe(0);
  expect(await removeExpired(engine.countData, EXPIRES_AT_MS)).toBe(before / 2);
  expect(itemCount()).toBe(before / 2);
  expect(await engine.query('used', { to: '2026-11-21' })).toMatchObject({ value: 5, events: 1 });
});

test('a day that is not sealed keeps its proof, however old', async () => {
  expect(await removeExpired(engine.countData, EXPIRES_AT_MS + 100 * DAY_MS)).toBe(0);
});

test('a day whose journals have expired is not judged by them', async () => {
  engine.clock.set(EXPIRES_AT_MS);
  expect(await engine.audit(DAY)).toMatchObject({
    outcome: 'waiting',
    reason: expect.stringContaining('expired') as string,
  });
});
