import type { Random } from './random.js';

/** Everything that can go wrong, and what it stands for in the real services. */
export const FAULTS = {
  throttled: 'the service refuses at once: throughput exceeded, after the SDK has given up retrying',
  requestLost: 'the connection breaks before the request arrives: no effect, an error',
  responseLost: 'the request takes effect, the connection breaks before the answer: an effect, an error',
  retried: 'the SDK loses the first answer and asks again by itself: two effects, the second answer',
  late: 'the caller gives up waiting, and the request takes effect afterwards',
  slow: 'a long wait for the answer',
  crashBefore: 'the process dies at this await, its request unsent (out of memory, a host lost)',
  crashAfter: 'the process dies at this await, its request takes effect',
  timeOut: 'the invocation runs into its time limit at this await: frozen, woken inside the next invocation',
  partialPut: 'PutRecords answers 200 and has refused some of its records',
  storedLate: 'a chunk that is stamped just before a day closes reaches the stream almost a minute later',
  duplicateRecord: 'the stream holds a record twice: a producer retried what had succeeded',
  clientResends: 'a client sends a request again though it was answered, or twice at the same time',
  answerLost:
    'the event source misses the end of an invocation and gives the batch to another worker: a zombie',
  secondPoller: 'two pollers read one shard for a while, as when the service moves a poller to another host',
  oldCheckpoint: 'a poller starts again from an older position',
  coldStart: 'a batch goes to a new worker that knows nothing',
  reshard: 'a shard is split or merged: records of one stripe move to another shard',
  redeploy: 'ingest starts over with another number of stripes',
  longBackoff: 'after a batch that failed, the event source waits for minutes',
  stopEarly: 'a worker near its limits returns the first chunk it has not begun',
  archiveDuplicate: 'Firehose writes a record twice',
  damagedChunk: 'a record that is no chunk at all lies in the stream',
  countingStalls: 'counting of a shard stands still for hours',
  archiveStalls: 'the archive of a shard stands still for hours',
  archiveOvertaken: 'Firehose delivers a file hours late, and what came after it before',
  archiveLoss: 'Firehose loses a record, for ever or until somebody finds it days later',
  setAside:
    'a batch fails until the event source gives it up: its payload is set aside, and perhaps sent again',
  counterDamage: 'a counter shard loses an event: a disk, or a person',
  newLateness: 'an operator changes the lateness; processes learn of it when they are next started',
  twoAudits: 'two audits of one day at the same time: by the clock, and by hand',
  overtaken: 'an audit hangs before a write, and goes on between the writes of a newer one',
  wrongTrust: 'an operator decides a held day wrongly, in a slow run, and kills it before its last step',
} as const;

export type FaultName = keyof typeof FAULTS;

/** Faults of a single call to a service. */
export const CALL_FAULTS = [
  'throttled',
  'requestLost',
  'responseLost',
  'retried',
  'late',
  'slow',
  'crashBefore',
  'crashAfter',
  'timeOut',
] as const satisfies readonly FaultName[];

export type CallFault = (typeof CALL_FAULTS)[number] | null;

/** Probabilities, each of its own occasion: a call, a delivery, a request. Absent: never. */
export type FaultRates = Readonly<Partial<Record<FaultName, number>>>;

/** What a network needs to know. */
export interface CallFaults {
  /** What happens to the next call. */
  ofCall(): CallFault;
}

/** These come a few times in a run, and each must be able to come late in it. */
const UNLIMITED: readonly FaultName[] = [
  'counterDamage',
  'newLateness',
  'twoAudits',
  'overtaken',
  'wrongTrust',
];

/** Decides what goes wrong. Faults are numbered as they strike, so that a shrunk run can leave single ones out. */
export class Faults implements CallFaults {
  readonly counts = new Map<FaultName, number>();
  #struckCount = 0;
  #isOver = false;

  public constructor(
    private readonly random: Random,
    private readonly rates: FaultRates,
    private readonly suppressed: ReadonlySet<number>,
    /** Then luck turns: a world in which nothing ever gets through shows nothing. */
    private readonly countMax: number,
  ) {}

  public get struckCount(): number {
    return this.#struckCount;
  }

  /** From now on everything works: what was accepted must now all get counted. */
  public end(): void {
    this.#isOver = true;
  }

  public strikes(fault: FaultName): boolean {
    return this.random.chance(this.rates[fault] ?? 0) && this.#strike(fault);
  }

  /** What happens to one call of a service. */
  public ofCall(): CallFault {
    let dice = this.random.next();
    for (const fault of CALL_FAULTS) {
      dice -= this.rates[fault] ?? 0;
      if (dice < 0) return this.#strike(fault) ? fault : null;
    }
    return null;
  }

  /** The same faults of calls, but so much rarer. */
  public rarer(share: number): CallFaults {
    return { ofCall: () => (this.random.chance(share) ? this.ofCall() : null) };
  }

  #strike(fault: FaultName): boolean {
    if (this.#isOver) return false;
    if (this.#struckCount >= this.countMax && !UNLIMITED.includes(fault)) return false;
    const isSuppressed = this.suppressed.has(this.#struckCount++);
    if (isSuppressed) return false;
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    return true;
  }
}
