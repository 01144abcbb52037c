import { DAY, type AuditStore } from './audit-store.js';
import { useTarget } from './use-target.js';

/** @param makeStore a store that no marker came to, for each test. */
export function describeMarkersContract(name: string, makeStore: () => Promise<AuditStore>): void {
  describe(`${name} as the log of markers`, () => {
    const store = useTarget(makeStore);
    const markers = () => store().markers;

    it('knows of no marker at first', async () => {
      expect(await markers().stripesPassed(DAY)).toEqual([]);
    });

    it('keeps each stripe of each day, once, in order', async () => {
      await markers().markersPassed([
        { day: DAY, stripe: 10 },
        { day: DAY, stripe: 2 },
        { day: '2026-11-21', stripe: 5 },
      ]);
      await markers().markersPassed([
        { day: DAY, stripe: 2 },
        { day: DAY, stripe: 0 },
      ]);
      await markers().markersPassed([]);
      expect(await markers().stripesPassed(DAY)).toEqual([0, 2, 10]);
      expect(await markers().stripesPassed('2026-11-21')).toEqual([5]);
      expect(await markers().stripesPassed('2026-11-2')).toEqual([]);
    });

    it('are no days', async () => {
      await markers().markersPassed([{ day: DAY, stripe: 0 }]);
      expect(await store().ledger.listDays({})).toEqual([]);
      expect(await store().ledger.sealedThrough()).toBeNull();
    });
  });
}
