/**
 * Run `activity` over all items, at most `concurrency` at a time, and return only when every one has settled.
 *
 * No early exit: a promise left behind would go on in the background, and in a Lambda's frozen sandbox it would wake up
 * inside the next invocation.
 *
 * @throws the first failure, when all have settled.
 */
export async function forEachSettled<T>(
  items: readonly T[],
  concurrency: number,
  activity: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const remaining = items.values();
  const work = async (): Promise<void> => {
    for (const item of remaining) await activity(item).catch((failure: unknown) => failures.push(failure));
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
