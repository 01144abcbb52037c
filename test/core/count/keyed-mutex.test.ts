import { KeyedMutex } from '../../../core/count/keyed-mutex.js';

/** A promise and its handle. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('KeyedMutex', () => {
  it('runs the activities of one key one after the other, in order, and other keys meanwhile', async () => {
    const mutex = new KeyedMutex();
    const trace: string[] = [];
    const hold = gate();
    const first = mutex.run('a', async () => {
      trace.push('a1 begins');
      await hold.opened;
      trace.push('a1 ends');
    });
    const second = mutex.run('a', async () => void trace.push('a2'));
    await mutex.run('b', async () => void trace.push('b'));
    hold.open();
    await Promise.all([first, second]);
    expect(trace).toEqual(['a1 begins', 'b', 'a1 ends', 'a2']);
  });

  it('hands a failure to its caller and goes on with the next', async () => {
    const mutex = new KeyedMutex();
    const failing = mutex.run('a', () => Promise.reject(new Error('no')));
    const next = mutex.run('a', () => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });
});
