export interface CallLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/**
 * Cut a run of things into calls that an API takes: each as full as its limits allow, in order.
 *
 * One thing that is over `bytesMax` alone gets a call of its own: the API's answer is the better error.
 */
export function packIntoCalls<Thing>(
  things: readonly Thing[],
  bytesOf: (thing: Thing) => number,
  { countMax, bytesMax }: CallLimits,
): Thing[][] {
  const calls: Thing[][] = [];
  let call: Thing[] = [];
  let callBytes = 0;
  for (const thing of things) {
    const thingBytes = bytesOf(thing);
    const isFull = call.length === countMax || callBytes + thingBytes > bytesMax;
    if (call.length > 0 && isFull) {
      calls.push(call);
      call = [];
      callBytes = 0;
    }
    call.push(thing);
    callBytes += thingBytes;
  }
  return call.length === 0 ? calls : [...calls, call];
}
