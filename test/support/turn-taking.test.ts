import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';
import { TurnTaking } from './turn-taking.js';

/** Work that begins when it may, says so, and ends when it is told to. */
class Work {
  public hasBegun = false;
  public end: () => void = () => undefined;
  public fail: (error: Error) => void = () => undefined;
  readonly #ended = new Promise<void>((resolve, reject) => {
    this.end = resolve;
    this.fail = reject;
  });
  public readonly begin = (): Promise<void> => {
    this.hasBegun = true;
    return this.#ended;
  };
}

/** Everything that could begin by now has begun. */
const begun = async (...works: readonly Work[]): Promise<boolean[]> => {
  await nextTurnOfTheLoop();
  return works.map(({ hasBegun }) => hasBegun);
};

let turns: TurnTaking;
let works: [Work, Work, Work];
beforeEach(() => {
  turns = new TurnTaking();
  works = [new Work(), new Work(), new Work()];
});

test('those who share go on side by side', async () => {
  const [first, second] = works;
  const all = [turns.share(first.begin), turns.share(second.begin)];

  expect(await begun(first, second)).toEqual([true, true]);
  first.end();
  second.end();
  await Promise.all(all);
});

test('who wants to be alone waits for all who share', async () => {
  const [first, second, alone] = works;
  const all = [turns.share(first.begin), turns.share(second.begin), turns.alone(alone.begin)];
  first.end();
  expect(await begun(alone)).toEqual([false]);

  second.end();
  expect(await begun(alone)).toEqual([true]);
  alone.end();
  await Promise.all(all);
});

test('who comes while somebody is alone waits', async () => {
  const [alone, later, laterAlone] = works;
  const all = [turns.alone(alone.begin), turns.share(later.begin), turns.alone(laterAlone.begin)];
  expect(await begun(alone, later, laterAlone)).toEqual([true, false, false]);

  alone.end();
  expect((await begun(laterAlone, later))[0]).toBe(true);
  expect(later.hasBegun).toBe(false);
  laterAlone.end();
  expect(await begun(later)).toEqual([true]);
  later.end();
  await Promise.all(all);
});

test('who comes while somebody waits to be alone waits, too', async () => {
  const [first, alone, later] = works;
  const all = [turns.share(first.begin), turns.alone(alone.begin), turns.share(later.begin)];
  expect(await begun(alone, later)).toEqual([false, false]);

  first.end();
  expect(await begun(alone, later)).toEqual([true, false]);
  alone.end();
  expect(await begun(later)).toEqual([true]);
  later.end();
  await Promise.all(all);
});

test('a failure is told to whom it concerns, and ends the turn', async () => {
  const [sharing, alone, later] = works;
  const outcomes = Promise.allSettled([turns.share(sharing.begin), turns.alone(alone.begin)]);
  sharing.fail(new Error('of the one that shared'));
  expect(await begun(alone)).toEqual([true]);
  alone.fail(new Error('of the one alone'));

  expect(await outcomes).toMatchObject([
    { reason: { message: 'of the one that shared' } },
    { reason: { message: 'of the one alone' } },
  ]);
  const last = turns.share(later.begin);
  expect(await begun(later)).toEqual([true]);
  later.end();
  await last;
});
