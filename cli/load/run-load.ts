import type { TallyClient } from '../../client/index.js';
import { inParallel } from '../in-parallel.js';
import type { Io } from '../io.js';
import { makeProgress } from '../progress.js';
import { Rejections } from '../rejections.js';
import { formatCount } from '../table.js';
import { Expected } from './expected.js';
import { generateRequests, type LoadPlan, type LoadRequest } from './generate.js';

export interface Pace {
  /** Requests at once. */
  readonly concurrency: number;
  /** Distinct events a second; absent: as fast as they are taken. */
  readonly ratePerSecond?: number;
  /** Told how many distinct events are acknowledged so far. */
  onAcknowledged?(count: number): void;
}

export interface LoadResult {
  readonly expected: Expected;
  readonly rejections: Rejections;
  readonly durationMs: number;
  requestCount: number;
  /** Events with their duplicates. */
  sentCount: number;
}

/** Send a load. Resolves when every request is acknowledged. */
export async function runLoad(plan: LoadPlan, client: TallyClient, io: Io, pace: Pace): Promise<LoadResult> {
  const startedAtMs = io.nowMs();
  const progress = makeProgress(io, 'events', plan.count);
  const result = {
    expected: new Expected(plan.keyCount),
    rejections: new Rejections(),
    requestCount: 0,
    sentCount: 0,
  };
  const sendOne = async (request: LoadRequest): Promise<void> => {
    await waitForTurn(request, startedAtMs, pace, io);
    await sendRequest(request, client, result);
    result.expected.add(request.fresh);
    const acknowledgedCount = result.expected.total.events;
    pace.onAcknowledged?.(acknowledgedCount);
    const seconds = Math.max(1, io.nowMs() - startedAtMs) / 1_000;
    progress.update(acknowledgedCount, `${formatCount(Math.round(acknowledgedCount / seconds))}/s`);
  };
  try {
    await inParallel(generateRequests(plan), pace.concurrency, sendOne);
  } finally {
    progress.stop();
  }
  return { ...result, durationMs: io.nowMs() - startedAtMs };
}

async function waitForTurn(
  { freshBefore }: LoadRequest,
  startedAtMs: number,
  { ratePerSecond }: Pace,
  io: Io,
): Promise<void> {
  if (ratePerSecond === undefined) return;
  const waitMs = startedAtMs + (freshBefore / ratePerSecond) * 1_000 - io.nowMs();
  if (waitMs > 0) await io.sleep(waitMs);
}

type Tallied = Pick<LoadResult, 'rejections' | 'requestCount' | 'sentCount'>;

async function sendRequest(request: LoadRequest, client: TallyClient, result: Tallied): Promise<void> {
  const copies = request.isSentTwice ? 2 : 1;
  const answers = await Promise.all(Array.from({ length: copies }, () => client.sendLines(request.lines)));
  result.requestCount += copies;
  result.sentCount += copies * request.lines.length;
  for (const { id, code, message } of answers.flatMap(({ rejected }) => rejected)) {
    result.rejections.add({ place: 'generated', id, code, message });
  }
}
