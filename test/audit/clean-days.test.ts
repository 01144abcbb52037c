import { LmdbSettings } from '../../adapters/embedded/lmdb-settings.js';
import { auditDay } from '../../core/audit/audit-day.js';
import { agreeOnSettings } from '../../core/settings.js';
import { HOUR_MS } from '../../core/time.js';
import { AuditEngine, LATENESS_MS, SETTINGS } from './audit-engine.js';

const DAY = '2026-11-20';

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
});
afterEach(() => engine.dispose());

const goTo = (instant: string): void => engine.clock.set(Date.parse(instant));

test('a clean day is sealed without drift, and queries answer from its totals', async () => {
  await engine.send([
    { id: '1', time: `${DAY}T07:00:00Z`, subject: 'a', value: 5 },
    { id: '2', time: `${DAY}T07:59:00Z`, subject: 'b', value: -2 },
  ]);
  await engine.pump();
  goTo('2026-11-21T03:00:00Z');
  const report = await engine.audit(DAY);
  expect(report).toMatchObject({
    outcome: 'sealed',
    driftCount: 0,
    total: { value: 3, events: 2 },
    unwitnessedChunkCount: 0,
    actSequence: 1,
  });
  expect(await engine.query('used', { granularity: 'P1D' })).toMatchObject({
    value: 3,
    events: 2,
    sealedThrough: DAY,
    rows: [{ status: 'sealed', value: 3 }],
  });
  expect(await engine.query('used')).toMatchObject({ value: 3, events: 2 });
  expect(await engine.verify()).toMatchObject({ actCount: 1, headDigest: report.digest, problems: [] });
});

test('three days with late events, duplicates and restarts seal in order, and the chain verifies', async () => {
  for (const [at, ...times] of [
    ['2026-11-20T10:00:00Z', '2026-11-20T09:00:00Z', '2026-11-20T09:01:00Z'],
    ['2026-11-21T01:59:00Z', '2026-11-20T09:00:00Z', '2026-11-20T23:59:59.999Z', '2026-11-21T00:00:00Z'],
    ['2026-11-22T01:00:00Z', '2026-11-21T12:00:00Z', '2026-11-22T00:30:00Z'],
  ] as const) {
    goTo(at);
    // The id is the time's, so an event sent on two occasions is the same one.
    const sent = await engine.send(times.map((time) => ({ id: time, time, subject: 's' })));
    expect(sent.rejected).toEqual([]);
    await engine.pump();
    engine.restartCounting();
  }
  goTo('2026-11-23T03:00:00Z');
  const reports = await engine.auditDue();
  expect(engine.metrics.map(({ name }) => name)).not.toContain('auditDoubtsCount');
  expect(
    reports.map(({ day, outcome, driftCount, total }) => [day, outcome, driftCount, total?.events]),
  ).toEqual([
    ['2026-11-20', 'sealed', 0, 3],
    ['2026-11-21', 'sealed', 0, 2],
    ['2026-11-22', 'sealed', 0, 1],
  ]);
  expect(await engine.verify()).toMatchObject({ actCount: 3, problems: [] });
  expect(await engine.query('used')).toMatchObject({ value: 6, events: 6 });
  expect(await engine.query('used', { from: '2026-11-21', to: '2026-11-22' })).toMatchObject({ value: 2 });
});

test('the last moment of the lateness is in the seal, one moment later is rejected', async () => {
  const closeMs = Date.parse('2026-11-21T00:00:00Z') + LATENESS_MS;
  engine.clock.set(closeMs - 1);
  expect(await engine.send([{ id: 'in', time: `${DAY}T00:00:00Z` }])).toMatchObject({ accepted: 1 });
  engine.clock.set(closeMs);
  const late = await engine.send([{ id: 'out', time: `${DAY}T23:59:59Z` }]);
  expect(late).toMatchObject({ accepted: 0, rejected: [{ code: 'time_too_old' }] });
  await engine.pump();
  goTo('2026-11-21T03:00:00Z');
  expect(await engine.audit(DAY)).toMatchObject({ outcome: 'sealed', total: { events: 1 } });
});

test('a raised lateness is for days that have not begun: the others close when they were to', async () => {
  const { countData } = engine;
  const store = new LmdbSettings(countData);
  const raised = { laneCount: SETTINGS.laneCount, latenessMs: 24 * HOUR_MS };
  await agreeOnSettings(store, { ...raised, latenessMs: LATENESS_MS }, engine.clock);
  const settings = await agreeOnSettings(store, raised, engine.clock);
  const later = { ...engine.options, settings };
  await engine.send([{ id: '1', time: `${DAY}T07:00:00Z` }]);
  await engine.pump();
  goTo('2026-11-21T03:00:00Z');
  expect(await auditDay(engine.ports, later, { day: DAY })).toMatchObject({
    outcome: 'sealed',
    total: { events: 1 },
  });
  for (const [instant, outcome] of [
    ['2026-11-22T03:00:00Z', 'open'],
    ['2026-11-23T03:00:00Z', 'sealed'],
  ] as const) {
    goTo(instant);
    expect(await auditDay(engine.ports, later, { day: '2026-11-21' })).toMatchObject({ outcome });
  }
});

test('an empty day between two others seals, as zero', async () => {
  await engine.send([{ id: '1', time: `${DAY}T07:00:00Z` }]);
  goTo('2026-11-22T10:00:00Z');
  await engine.send([{ id: '2', time: '2026-11-22T09:00:00Z' }]);
  await engine.pump();
  goTo('2026-11-23T03:00:00Z');
  const reports = await engine.auditDue();
  expect(reports.map(({ outcome, total }) => [outcome, total])).toEqual([
    ['sealed', { value: 1, events: 1 }],
    ['sealed', { value: 0, events: 0 }],
    ['sealed', { value: 1, events: 1 }],
  ]);
});

test('a backlog at the close postpones the seal', async () => {
  await engine.send([{ id: '0', time: `${DAY}T06:00:00Z` }]);
  await engine.pump();
  await engine.send([{ id: '1', time: `${DAY}T07:00:00Z` }]);
  goTo('2026-11-21T03:00:00Z');
  const stuck = { ...engine.options, waitForReaders: async () => false };
  expect(await auditDay(engine.ports, stuck, { day: DAY })).toMatchObject({
    outcome: 'waiting',
    reason: expect.stringContaining('counting') as string,
  });
  expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  await engine.count();
  expect(await auditDay(engine.ports, stuck, { day: DAY })).toMatchObject({
    outcome: 'waiting',
    reason: expect.stringContaining('archive') as string,
  });
  await engine.pump();
  expect(await engine.audit(DAY)).toMatchObject({ outcome: 'sealed', driftCount: 0, total: { events: 2 } });
});

test('a day that still takes events is only reported on', async () => {
  await engine.send([{ id: '1', time: `${DAY}T07:00:00Z` }]);
  await engine.pump();
  expect(await engine.audit(DAY)).toMatchObject({ outcome: 'open', counted: { events: 1 } });
  expect(await engine.ports.ledger.sealedThrough()).toBeNull();
});
