import { FenceLostError, type Fence } from '../../core/audit/ports.js';
import type { DriftRow } from '../../core/audit/report.js';
import { EXPIRES_AT_MS, DAY, actBehind, beginRun, reportOf, seal, type AuditStore } from './audit-store.js';
import { useTarget } from './use-target.js';

const NEXT_DAY = '2026-11-21';

/** @param makeStore a store without days, for each test. */
export function describeLedgerContract(name: string, makeStore: () => Promise<AuditStore>): void {
  describe(`${name} as the audit's ledger`, () => {
    const store = useTarget(makeStore);
    const ledger = () => store().ledger;
    const stateOf = async (day: string) => (await ledger().listDays({ fromDay: day, toDay: day }))[0];
    const overtaken = async (): Promise<Fence> => {
      const old = await beginRun(store());
      await beginRun(store());
      return old;
    };

    it('knows nothing at first', async () => {
      expect(await ledger().listDays({})).toEqual([]);
      expect(await ledger().sealedThrough()).toBeNull();
      expect(await ledger().newestAct()).toBeNull();
    });

    it('opens a day that was never seen with its first run, and keeps the expiry of one that was', async () => {
      await store().days.open(NEXT_DAY, 5);
      expect((await beginRun(store())).runNumber).toBe(1);
      expect((await beginRun(store(), NEXT_DAY)).runNumber).toBe(1);
      expect(await store().days.find(DAY)).toEqual({ day: DAY, isSealed: false, expiresAtMs: EXPIRES_AT_MS });
      expect((await store().days.find(NEXT_DAY))?.expiresAtMs).toBe(5);
    });

    it('gives each run a higher number, also when many begin at once', async () => {
      const fences = await Promise.all(Array.from({ length: 20 }, () => beginRun(store())));
      const numbers = fences.map(({ runNumber }) => runNumber);
      expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 1),
      );
      expect((await stateOf(DAY))?.runNumber).toBe(20);
    });

    it('lists days in order, both bounds included, also those that no run has looked at', async () => {
      for (const day of ['2026-12-01', '2025-12-31', '2026-11-20'])
        await store().days.open(day, EXPIRES_AT_MS);
      const daysIn = async (range: { fromDay?: string; toDay?: string }) =>
        (await ledger().listDays(range)).map(({ day }) => day);
      expect(await daysIn({})).toEqual(['2025-12-31', '2026-11-20', '2026-12-01']);
      expect(await daysIn({ fromDay: '2026-11-20', toDay: '2026-12-01' })).toEqual([
        '2026-11-20',
        '2026-12-01',
      ]);
      expect(await daysIn({ fromDay: '2026-12-02' })).toEqual([]);
      expect(await daysIn({ fromDay: '2026-12-01', toDay: '2026-11-20' })).toEqual([]);
      expect(await stateOf('2026-12-01')).toEqual({
        ...{ day: '2026-12-01', isSealed: false, runNumber: 0, totalsRunNumbers: [], report: null },
      });
    });

    it('keeps the newest report', async () => {
      const fence = await beginRun(store());
      await ledger().putReport(fence, reportOf(fence, { reason: 'first' }));
      await ledger().putReport(fence, reportOf(fence, { reason: 'Prüfung 😀' }));
      expect((await stateOf(DAY))?.report).toEqual(reportOf(fence, { reason: 'Prüfung 😀' }));
      const next = await beginRun(store());
      expect((await stateOf(DAY))?.report).toEqual(reportOf(fence, { reason: 'Prüfung 😀' }));
      await ledger().putReport(next, reportOf(next));
      expect((await stateOf(DAY))?.report?.runNumber).toBe(next.runNumber);
    });

    it('keeps a report however long its names are: what was counted whole, of the rows as many as fit', async () => {
      const fence = await beginRun(store());
      const zero = { value: 0, events: 0 };
      const row = (index: number): DriftRow => ({
        counter: `${'t'.repeat(128)}/${String(index).padStart(4, '0')}${'😀'.repeat(60)}`,
        ...{ hour: '2026-11-20T00', archived: zero, journaled: zero, counted: zero, target: zero },
        verdicts: ['never_counted', 'counter_corrupt'],
      });
      const drift = Array.from({ length: 1_000 }, (_, index) => row(index));
      await ledger().putReport(fence, reportOf(fence, { driftCount: 123_456, drift }));
      const kept = (await stateOf(DAY))?.report;
      expect(kept?.driftCount).toBe(123_456);
      expect(kept?.drift.length).toBeGreaterThan(100);
      expect(kept?.drift).toEqual(drift.slice(0, kept?.drift.length));
    });

    it('remembers each run that began totals once, however often it says so', async () => {
      const first = await beginRun(store());
      await ledger().beginTotals(first);
      await ledger().beginTotals(first);
      for (let run = 2; run < 10; run++) await beginRun(store());
      const tenth = await beginRun(store());
      await ledger().beginTotals(tenth);
      expect((await stateOf(DAY))?.totalsRunNumbers).toEqual([1, 10]);
    });

    it('seals a day: the act, the state, the report, and how far all are sealed', async () => {
      const fence = await beginRun(store());
      const act = actBehind(null, fence);
      const report = reportOf(fence, { outcome: 'sealed' });
      expect(await ledger().seal(fence, act, report)).toBe(true);
      expect(await ledger().newestAct()).toEqual(act);
      expect(await stateOf(DAY)).toMatchObject({ isSealed: true, runNumber: 1, report });
      expect(await ledger().sealedThrough()).toBe(DAY);
      expect(await store().days.find(DAY)).toEqual({ day: DAY, isSealed: true, expiresAtMs: EXPIRES_AT_MS });
      expect(await ledger().beginRun(DAY, EXPIRES_AT_MS)).toBeNull();
    });

    it('chains acts, the newest last', async () => {
      const acts = [];
      for (let index = 0; index < 11; index++) {
        acts.push(await seal(store(), await beginRun(store(), `2026-10-${String(index + 10)}`)));
      }
      expect(await ledger().newestAct()).toEqual(acts[10]);
      expect(acts[10]?.sequence).toBe(11);
      expect(await ledger().sealedThrough()).toBe('2026-10-20');
    });

    it('refuses an act whose number another one took, and changes nothing', async () => {
      await seal(store(), await beginRun(store()));
      const fence = await beginRun(store(), NEXT_DAY);
      const before = await stateOf(NEXT_DAY);
      expect(await ledger().seal(fence, actBehind(null, fence), reportOf(fence))).toBe(false);
      expect(await stateOf(NEXT_DAY)).toEqual(before);
      expect(await ledger().sealedThrough()).toBe(DAY);
      expect((await ledger().newestAct())?.sequence).toBe(1);
    });

    it('takes the same seal again for what it is, also behind later ones', async () => {
      const fence = await beginRun(store());
      const act = await seal(store(), fence);
      expect(await ledger().seal(fence, act, reportOf(fence))).toBe(true);
      await seal(store(), await beginRun(store(), NEXT_DAY));
      expect(await ledger().seal(fence, act, reportOf(fence))).toBe(true);
      expect(await ledger().sealedThrough()).toBe(NEXT_DAY);
      expect((await stateOf(DAY))?.report?.outcome).toBe('sealed');
    });

    it('never seals a day behind a later one, which was sealed while its run went on', async () => {
      const early = await beginRun(store(), '2026-11-19');
      const later = await seal(store(), await beginRun(store()));
      const act = actBehind(later, early);
      await expect(ledger().seal(early, act, reportOf(early))).rejects.toThrow(FenceLostError);
      expect(await ledger().newestAct()).toEqual(later);
      expect(await ledger().sealedThrough()).toBe(DAY);
      expect((await stateOf('2026-11-19'))?.isSealed).toBe(false);
    });

    it('lets one of many seal a day that all want to seal at once', async () => {
      const fence = await beginRun(store());
      const acts = Array.from({ length: 10 }, () => actBehind(null, fence));
      const outcomes = await Promise.all(acts.map((act) => ledger().seal(fence, act, reportOf(fence))));
      expect(outcomes).toEqual(acts.map(() => true));
      expect((await ledger().newestAct())?.sequence).toBe(1);
    });

    it.each<[string, (fence: Fence) => Promise<unknown>]>([
      ['beginTotals', (fence) => ledger().beginTotals(fence)],
      ['putReport', (fence) => ledger().putReport(fence, reportOf(fence))],
      ['seal', (fence) => ledger().seal(fence, actBehind(null, fence), reportOf(fence))],
    ])('%s: a run that was overtaken changes nothing', async (_name, write) => {
      const old = await overtaken();
      const before = await stateOf(DAY);
      await expect(write(old)).rejects.toThrow(FenceLostError);
      expect(await stateOf(DAY)).toEqual(before);
      expect(await ledger().newestAct()).toBeNull();
    });

    it.each<[string, (fence: Fence) => Promise<unknown>]>([
      ['beginTotals', (fence) => ledger().beginTotals(fence)],
      ['putReport', (fence) => ledger().putReport(fence, reportOf(fence))],
      [
        'seal with another act',
        async (fence) => ledger().seal(fence, actBehind(await ledger().newestAct(), fence), reportOf(fence)),
      ],
    ])('%s: nothing changes a day that is sealed', async (_name, write) => {
      const fence = await beginRun(store());
      const act = await seal(store(), fence);
      const before = await stateOf(DAY);
      await expect(write(fence)).rejects.toThrow(FenceLostError);
      expect(await stateOf(DAY)).toEqual(before);
      expect(await ledger().newestAct()).toEqual(act);
    });

    it('a run of a day that no run began is no run', async () => {
      await expect(
        ledger().putReport({ day: DAY, runNumber: 1 }, reportOf({ day: DAY, runNumber: 1 })),
      ).rejects.toThrow(FenceLostError);
      expect(await ledger().listDays({})).toEqual([]);
    });
  });
}
