import type { KeyRecord } from '../../core/keys.js';
import type { KeyStore } from '../../core/ports.js';
import { useTarget, type Target } from './use-target.js';

const key = (given: Partial<KeyRecord> = {}): KeyRecord => ({
  id: '0123456789abcdef',
  secretHash: 'f'.repeat(64),
  scopes: ['ingest'],
  createdAtMs: 1_000,
  ...given,
});

const byId = (a: KeyRecord, b: KeyRecord): number => (a.id < b.id ? -1 : 1);

/** @param makeTarget a store without keys, for each test. */
export function describeKeysContract(name: string, makeTarget: () => Promise<Target<KeyStore>>): void {
  describe(`${name} as a key store`, () => {
    const target = useTarget(makeTarget);

    it('finds nothing of a key that was never made', async () => {
      expect(await target().port.find(key().id)).toBeNull();
      expect(await target().port.list()).toEqual([]);
    });

    it.each([
      { why: 'only what is required', record: key() },
      {
        why: 'everything',
        record: key({ scopes: ['ingest', 'read', 'admin'], sourcePattern: 'web-*', label: 'für 😀' }),
      },
    ])('gives back a key as it was made: $why', async ({ record }) => {
      expect(await target().port.create(record)).toBe(true);
      expect(await target().port.find(record.id)).toEqual(record);
    });

    it('lets one of many makers have an id', async () => {
      const records = Array.from({ length: 30 }, (_, index) => key({ label: String(index) }));
      const outcomes = await Promise.all(records.map((record) => target().port.create(record)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await target().port.find(key().id)).toEqual(records[outcomes.indexOf(true)]);
    });

    it('lists all keys', async () => {
      const records = Array.from({ length: 30 }, (_, index) => key({ id: String(index).padStart(16, '0') }));
      for (const record of records) await target().port.create(record);
      expect([...(await target().port.list())].sort(byId)).toEqual(records);
    });

    it('revokes a key, and keeps the first instant', async () => {
      await target().port.create(key());
      expect(await target().port.revoke(key().id, 2_000)).toBe(true);
      expect(await target().port.revoke(key().id, 3_000)).toBe(true);
      expect(await target().port.find(key().id)).toEqual(key({ revokedAtMs: 2_000 }));
    });

    it('revokes no key that was never made, and makes none by it', async () => {
      expect(await target().port.revoke(key().id, 2_000)).toBe(false);
      expect(await target().port.find(key().id)).toBeNull();
    });
  });
}
