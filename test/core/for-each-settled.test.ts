import { forEachSettled } from '../../core/for-each-settled.js';

describe('forEachSettled', () => {
  it('never runs more than so many at a time, and runs them all', async () => {
    const done: number[] = [];
    let runningCount = 0;
    let runningCountMax = 0;
    await forEachSettled([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      runningCountMax = Math.max(runningCountMax, ++runningCount);
      await new Promise(setImmediate);
      runningCount--;
      done.push(item);
    });
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(runningCountMax).toBe(3);
  });

  it('throws the first failure only after every other item has settled', async () => {
    const settled: number[] = [];
    const outcome = forEachSettled([1, 2, 3], 3, async (item) => {
      if (item === 1) throw new Error('first');
      await new Promise(setImmediate);
      settled.push(item);
      if (item === 3) throw new Error('second');
    });
    await expect(outcome).rejects.toThrow('first');
    expect(settled).toEqual([2, 3]);
  });
});
