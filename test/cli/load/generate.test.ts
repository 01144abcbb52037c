import { generateRequests, type LoadPlan, type LoadRequest } from '../../../cli/load/generate.js';
import { Expected, keysToVerify } from '../../../cli/load/expected.js';
import { makeRandom, makeZipf } from '../../../cli/load/random.js';

const planOf = (given: Partial<LoadPlan> = {}): LoadPlan => ({
  run: 'r1',
  type: 'load.test',
  seed: 7,
  count: 5_000,
  keyCount: 50,
  zipfExponent: 1,
  duplicateShare: 0.3,
  eventsPerRequest: 100,
  atMs: Date.parse('2026-11-21T09:15:02.120Z'),
  ...given,
});

const requestsOf = (given: Partial<LoadPlan> = {}): LoadRequest[] => [...generateRequests(planOf(given))];

describe('generateRequests', () => {
  it('is the same for the same plan, and another for another seed', () => {
    expect(requestsOf()).toEqual(requestsOf());
    expect(requestsOf({ seed: 8 })).not.toEqual(requestsOf());
  });

  it.each([
    { given: {} },
    { given: { eventsPerRequest: 1 } },
    { given: { duplicateShare: 1 } },
    { given: { duplicateShare: 0 } },
    { given: { count: 1 } },
  ])('holds each event exactly once as fresh, and every line at least once: $given', ({ given }) => {
    const requests = requestsOf(given);
    const fresh = requests.flatMap((request) => request.fresh.map(({ line }) => line));
    const { count, eventsPerRequest } = planOf(given);
    expect(fresh).toHaveLength(count);
    expect(new Set(fresh).size).toBe(count);
    expect(new Set(requests.flatMap(({ lines }) => lines))).toEqual(new Set(fresh));
    expect(Math.max(...requests.map(({ lines }) => lines.length))).toBeLessThanOrEqual(eventsPerRequest);
    expect(Math.min(...requests.map(({ lines }) => lines.length))).toBeGreaterThan(0);
  });

  it('has duplicates of all three kinds, about as many as asked for', () => {
    const requests = requestsOf({ count: 30_000 });
    const within = requests.flatMap(({ lines }) => lines.slice(new Set(lines).size)).length;
    const all = requests.flatMap(({ lines }) => lines).length - 30_000;
    const twice = requests.filter(({ isSentTwice }) => isSentTwice).length / requests.length;
    expect(within / 30_000).toBeCloseTo(0.1, 1);
    expect((all - within) / 30_000).toBeCloseTo(0.1, 1);
    expect(twice).toBeCloseTo(0.1, 1);
  });

  it('has none when none are asked for', () => {
    const requests = requestsOf({ duplicateShare: 0 });
    expect(requests.flatMap(({ lines }) => lines)).toHaveLength(5_000);
    expect(requests.filter(({ isSentTwice }) => isSentTwice)).toEqual([]);
  });

  it('says how many distinct events came before each request', () => {
    let before = 0;
    for (const request of requestsOf()) {
      expect(request.freshBefore).toBe(before);
      before += request.fresh.length;
    }
  });

  it('makes events whose line says what is expected of them', () => {
    const expected = new Expected(50);
    let value = 0;
    for (const { fresh } of generateRequests(planOf())) {
      expected.add(fresh);
      for (const event of fresh) {
        expect(JSON.parse(event.line)).toMatchObject({
          subject: `k${event.key}`,
          data: { value: event.value },
        });
        value += event.value;
      }
    }
    expect(expected.total).toEqual({ value, events: 5_000 });
    const keys = Array.from({ length: 50 }, (_, key) => expected.ofKey(key));
    expect(keys.reduce((sum, { value: one }) => sum + one, 0)).toBe(value);
    expect(keys.reduce((sum, { events }) => sum + events, 0)).toBe(5_000);
  });
});

describe('makeZipf', () => {
  const sharesOf = (exponent: number): number[] => {
    const random = makeRandom(1);
    const draw = makeZipf(4, exponent);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 100_000; i++) counts[draw(random)]! += 1;
    return counts.map((count) => count / 100_000);
  };

  it.each([
    { exponent: 0, shares: [0.25, 0.25, 0.25, 0.25] },
    { exponent: 1, shares: [0.48, 0.24, 0.16, 0.12] },
  ])('draws key k as often as 1 / (k + 1)^$exponent', ({ exponent, shares }) => {
    sharesOf(exponent).forEach((share, key) => expect(share).toBeCloseTo(shares[key] ?? 0, 1.7));
  });
});

describe('keysToVerify', () => {
  it('is all keys when they are few', () => {
    expect(keysToVerify(planOf({ keyCount: 3 }), 100)).toEqual([0, 1, 2]);
    expect(keysToVerify(planOf({ keyCount: 3 }), Infinity)).toEqual([0, 1, 2]);
  });

  it('is the hottest and some others, each once', () => {
    const keys = keysToVerify(planOf({ keyCount: 1_000_000 }), 100);
    expect(keys.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, key) => key));
    expect(new Set(keys).size).toBe(100);
  });
});
