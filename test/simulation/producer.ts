import type { Faults } from './faults.js';
import type { Reply } from './ingest-node.js';
import type { IngestNode } from './ingest-node.js';
import type { Random } from './random.js';
import type { Timeline } from './scheduler.js';
import type { Trace } from './trace.js';
import type { Truth } from './truth.js';
import { Violation } from './violation.js';
import { lineOf, type ClientEvent, type PlannedRequest } from './workload.js';

const BACKOFF_MS_MAX = 20_000;
const RESEND_MS_MAX = 120_000;

export interface ProducerDeps {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly random: Random;
  readonly trace: Trace;
  readonly truth: Truth;
  readonly fail: (failure: unknown) => void;
  readonly takeNode: () => IngestNode;
}

/** Clients: each sends its request again until it is answered, and sometimes when it was answered already. */
export class Producer {
  #unansweredCount: number;

  public constructor(
    requests: readonly PlannedRequest[],
    private readonly deps: ProducerDeps,
  ) {
    this.#unansweredCount = requests.length;
    for (const request of requests) deps.timeline.after(request.atMs, () => this.#begin(request));
  }

  /** Everything was acknowledged or refused. */
  public get isDone(): boolean {
    return this.#unansweredCount === 0;
  }

  #begin(request: PlannedRequest): void {
    const { faults, random, timeline } = this.deps;
    let isAnswered = false;
    const send = (): void =>
      this.deps.takeNode().handle(request.events, (reply) => {
        this.#report(request, reply);
        if ('failure' in reply) {
          if (!isAnswered) timeline.after(random.integer(1, BACKOFF_MS_MAX), send);
        } else if (!isAnswered) {
          isAnswered = true;
          this.#unansweredCount--;
        }
      });
    send();
    if (faults.strikes('clientResends')) timeline.after(random.skewed(RESEND_MS_MAX), send);
  }

  #report(request: PlannedRequest, reply: Reply): void {
    const { trace, timeline } = this.deps;
    const what =
      'failure' in reply ? reply.failure : `accepted ${reply.accepted}, rejected ${reply.rejected.length}`;
    trace.add(timeline.nowMs, 'client', `${request.name} (${request.events.length} events): ${what}`);
    if (!('failure' in reply)) {
      const rejected = new Set(reply.rejected.map(({ index }) => index));
      this.#acknowledge(request.events.filter((_, index) => !rejected.has(index)));
    }
  }

  /** Accepted means in the stream, at this very moment. */
  #acknowledge(events: readonly ClientEvent[]): void {
    const { truth, fail } = this.deps;
    for (const event of events) {
      const line = lineOf(event);
      if (!truth.has(line)) fail(new Violation('acknowledged-but-lost', `${event.id} of ${event.source}`));
      truth.acknowledge(line);
    }
  }
}
