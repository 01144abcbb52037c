import { LmdbCounters } from '../../../adapters/embedded/lmdb-counters.js';
import { describeCountersContract } from '../../contract/counters.contract.js';
import { collect } from '../../support/collect.js';
import { ManualClock } from '../../support/manual-clock.js';
import { openTemporaryCountData } from './embedded-data.js';

describeCountersContract('LmdbCounters', async (clock) => {
  const { data, dispose } = await openTemporaryCountData();
  const counters = new LmdbCounters(data, clock);
  return {
    shards: counters,
    reader: counters,
    adjust: (...adjustment) => counters.adjust(...adjustment),
    dispose,
  };
});

describe('a sum beyond the exact integers', () => {
  const JOURNAL = { lane: 0, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
  const EXPIRES_AT_MS = Date.parse('2027-03-01T00:00:00.000Z');
  const add = (counter: string, value: number, events = 1) => ({
    counter,
    minutes: [{ minute: 15, value, events }],
  });

  it.each([
    { why: 'too large', first: add('b', Number.MAX_SAFE_INTEGER), second: add('b', 1) },
    { why: 'too small', first: add('b', -Number.MAX_SAFE_INTEGER), second: add('b', -1) },
    {
      why: 'too many events',
      first: add('b', 0, Number.MAX_SAFE_INTEGER),
      second: add('b', 0, 1),
    },
  ])('is refused, and nothing of its entry is applied: $why', async ({ first, second }) => {
    const { data, dispose } = await openTemporaryCountData();
    const counters = new LmdbCounters(data, new ManualClock(JOURNAL.sliceStartMs));
    await counters.apply(JOURNAL, 1, [add('a', 1), first], EXPIRES_AT_MS);

    const overflow = counters.apply(JOURNAL, 2, [add('a', 1), second, add('c', 1)], EXPIRES_AT_MS);
    await expect(overflow).rejects.toMatchObject({ code: 'counter_overflow' });

    const minutesOf = async (counter: string) =>
      (await collect(counters.readShards({ counter, consistency: 'strong' }))).flatMap(
        (shard) => shard.minutes,
      );
    expect(await minutesOf('a')).toEqual([{ minute: 15, value: 1, events: 1 }]);
    expect(await minutesOf('b')).toEqual(first.minutes);
    expect(await minutesOf('c')).toEqual([]);
    await dispose();
  });
});
