import { gzipSync } from 'node:zlib';
import { aftermath } from './aftermath.js';
import { planNights, requireVerified, sealTheRest } from './audit/nights.js';
import { requireTrueShards, requireTrueTotals } from './audit/seal-checks.js';
import { driftOf, requireArchived, requireExact, requireRejected } from './checks.js';
import { ServiceError } from './network.js';
import type { Random } from './random.js';
import type { RunReport, Scenario } from './scenario.js';
import type { StreamRecord } from './simulated-stream.js';
import { Violation } from './violation.js';
import { World } from './world.js';

/** When faults end, after the last request was due. What is broken then must still come right by itself. */
const FAULTS_AFTER_LAST_MS = 120_000;
/** Longer than any call may take effect late. */
const LAST_EFFECTS_MS = 180_000;
const RESHARD_OCCASIONS = 3;
/** Questions about counters while they are counted. */
const QUESTIONS = 20;

/** Run one scenario to its end: everything counted exactly, or the first violation. */
export async function run(scenario: Scenario): Promise<RunReport> {
  const world = new World(scenario);
  const violation = await violationOf(world);
  return {
    seed: scenario.seed,
    violation: violation === null ? null : { kind: violation.kind, message: violation.message },
    digest: world.trace.digest,
    eventCount: world.truth.eventCount,
    requestCount: world.requests.length,
    drift: world.drift,
    faults: Object.fromEntries(world.faults.counts),
    steps: world.scheduler.stepCount,
    faultCount: world.faults.struckCount,
    traceLines: world.trace.lines,
  };
}

async function violationOf(world: World): Promise<Violation | null> {
  try {
    await live(world);
    if (world.shape.dayCount > 0) await endDays(world);
    else await endMinutes(world);
    return null;
  } catch (error) {
    if (error instanceof Violation) {
      world.trace.add(world.scheduler.nowMs, 'checker', error.message);
      return error;
    }
    throw error;
  }
}

async function endMinutes(world: World): Promise<void> {
  world.drift = driftOf(world);
  requireExact(world);
  requireArchived(world);
  requireRejected(world);
  await answerTruly(world);
  await aftermath(world, settle);
}

/** Every day is sealed, for ever, with what was accepted. */
async function endDays(world: World): Promise<void> {
  await sealTheRest(world);
  world.drift = driftOf(world);
  for (const { day } of world.days.all()) {
    requireTrueShards(world, day);
    if (world.days.isSealed(day)) requireTrueTotals(world, day);
  }
  if (!world.firehose.hasFailed) requireArchived(world);
  if (!world.faults.counts.has('setAside')) requireRejected(world);
  await answerTruly(world);
  await requireVerified(world);
}

async function live(world: World): Promise<void> {
  const { scheduler, faults, shape } = world;
  const occasions = world.random.fork('occasions');
  for (let occasion = 0; occasion < RESHARD_OCCASIONS; occasion++) {
    scheduler.after(occasions.next() * shape.spanMs, () => {
      if (faults.strikes('reshard')) world.stream.reshard();
    });
    scheduler.after(occasions.next() * shape.spanMs, () => {
      if (faults.strikes('redeploy')) world.redeploy();
    });
    scheduler.after(occasions.next() * shape.spanMs, () => {
      if (faults.strikes('damagedChunk')) world.bringUp(damagedRecord(occasions), 0n);
    });
  }
  for (let question = 0; question < QUESTIONS; question++) {
    scheduler.after(occasions.next() * shape.spanMs, () => askAnything(world, occasions));
  }
  planNights(world, () => askAnything(world, occasions));
  const endMs = world.endMs - shape.epochMs;
  scheduler.after(endMs + FAULTS_AFTER_LAST_MS, () => faults.end());
  await scheduler.runUntil(() => world.isQuiet && (shape.dayCount === 0 || scheduler.nowMs > endMs));
  faults.end();
  await settle(world);
}

/** A reader looks at some counter; if a service fails it, it looks away. */
function askAnything(world: World, random: Random): void {
  const counters = [...world.counters.names()];
  if (counters.length === 0) return;
  world.scheduler.wake();
  world
    .makeReader()
    .askAnything(random, random.pick(counters))
    .catch((error: unknown) => {
      if (!(error instanceof ServiceError)) world.scheduler.fail(error);
    });
}

async function answerTruly(world: World): Promise<void> {
  let isAnswered = false;
  world
    .makeReader()
    .askForTruth()
    .then(
      () => (isAnswered = true),
      (error: unknown) => world.scheduler.fail(error),
    );
  world.scheduler.wake();
  await world.scheduler.runUntil(() => isAnswered);
}

/** Noise, or gzip of something that is no archive line. */
function damagedRecord(random: Random): StreamRecord {
  const noise = Buffer.from(`noise ${random.next()}`);
  return {
    chunkId: 'damaged',
    receivedAtMs: 0,
    bytes: random.chance(0.5) ? noise : gzipSync(`{"no":"event"}\n${noise.toString()}\n`),
  };
}

/** Let every effect under way happen, and every reader catch up with it. */
export async function settle(world: World): Promise<void> {
  const { scheduler } = world;
  const untilMs = scheduler.nowMs + LAST_EFFECTS_MS;
  await scheduler.runUntil(() => scheduler.nowMs >= untilMs && world.isQuiet);
}
