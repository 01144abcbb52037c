import { findOverdueDay } from '../../core/audit/overdue.js';
import { HOUR_MS } from '../../core/time.js';
import { AuditEngine, LATENESS_MS } from './audit-engine.js';

const DAY = '2026-11-20';
const CLOSE_MS = Date.parse('2026-11-21T00:00:00Z') + LATENESS_MS;

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  await engine.send([{ id: '1', time: `${DAY}T07:00:00Z` }]);
  await engine.pump();
});
afterEach(() => engine.dispose());

const overdue = () => findOverdueDay(engine.ports, engine.options.settings);

test('a day is overdue when a night has passed behind its close, and not before', async () => {
  engine.clock.set(CLOSE_MS + 26 * HOUR_MS - 1);
  expect(await overdue()).toBeNull();
  engine.clock.set(CLOSE_MS + 26 * HOUR_MS);
  expect(await overdue()).toEqual({ day: DAY, reason: expect.stringContaining('tally audit') as string });
  await engine.auditDue();
  expect(await overdue()).toBeNull();
});

test('it says what the newest audit was waiting for', async () => {
  engine.clock.set(CLOSE_MS + 30 * HOUR_MS);
  const findSealingDoubt = async () => 'the clock jumped; say so with `tally clock confirm`';
  await engine.audit(DAY, undefined, { findSealingDoubt });
  expect(await overdue()).toEqual({ day: DAY, reason: await findSealingDoubt() });
});

test('without any event there is nothing to seal', async () => {
  const empty = await AuditEngine.start('2026-11-25T00:00:00Z');
  expect(await findOverdueDay(empty.ports, empty.options.settings)).toBeNull();
  await empty.dispose();
});
