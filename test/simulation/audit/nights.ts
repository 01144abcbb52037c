import type { VerifyProblem } from '../../../core/audit/verify.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf, nextDay, type Day } from '../../../core/time.js';
import type { Random } from '../random.js';
import { LATENESSES_MS } from '../scenario.js';
import { readLines } from '../truth.js';
import { Violation } from '../violation.js';
import type { World } from '../world.js';
import type { AuditOrder } from './auditor.js';

/** Around a close: audits, changes and questions come when days change hands. */
const QUESTIONS_PER_CLOSE = 6;
const OPERATOR_EVERY_MS = 5 * HOUR_MS;
/** Longer than any sandbox hangs before its host is taken down. */
const SANDBOX_LIFE_MS = 20 * HOUR_MS;
/** A replay must be counted before its day closes. */
const REPLAY_BEFORE_CLOSE_MS = HOUR_MS;
const ROLLOUT_MS_MAX = 2 * HOUR_MS;
/** Some are over while the night's audit still waits. */
const OUTAGES_MS_MAX = [40 * MINUTE_MS, 4 * HOUR_MS] as const;
/** Rounds without any fault, after which every closed day must be sealed. */
const LAST_ROUNDS_MAX = 20;

/** Plan what happens in the run's days, besides what clients send: audits, operators, questions. */
export function planNights(world: World, ask: () => void): void {
  const random = world.random.fork('nights');
  const { scheduler, faults } = world;
  const at = (atMs: number, action: () => void): void =>
    scheduler.after(atMs - world.shape.epochMs - scheduler.nowMs, action);
  const closesMs = world.plannedCloses.map((close) => close.atMs);
  for (const closeMs of closesMs) {
    // Some at the very close, which is too early: what was accepted may still be on its way into the stream.
    const laterMs = random.pick([
      random.skewed(5_000),
      random.skewed(8 * MINUTE_MS),
      random.integer(-10, 60) * MINUTE_MS,
    ]);
    const auditAtMs = closeMs + laterMs;
    at(closeMs - random.integer(0, 15) * MINUTE_MS, () => strikeOutages(world, random));
    at(auditAtMs, () => audit(world, 'due'));
    // While a reader may stand still: the audit waits for it.
    at(closeMs + random.integer(5, 30) * MINUTE_MS, () => audit(world, 'due'));
    at(auditAtMs + random.skewed(10 * MINUTE_MS), () => {
      if (faults.strikes('twoAudits')) audit(world, random.chance(0.5) ? 'due' : anyDay(world, random));
    });
    at(auditAtMs + random.integer(5, 180) * MINUTE_MS, () => operate(world, random));
    for (let question = 0; question < QUESTIONS_PER_CLOSE; question++)
      at(auditAtMs + random.skewed(HOUR_MS), ask);
  }
  const occasions = [...closesMs, ...closesMs.map((ms) => ms - random.integer(0, DAY_MS))];
  for (const occasionMs of occasions) {
    const nearMs = occasionMs + random.integer(-30, 5) * MINUTE_MS;
    at(nearMs, () => {
      if (faults.strikes('newLateness')) changeLateness(world, random);
    });
    at(nearMs + random.integer(0, 60) * MINUTE_MS, () => {
      const mayDamage = !world.auditors.areUnderWay && world.counters.names().next().done !== true;
      if (mayDamage && faults.strikes('counterDamage')) damageCounter(world, random);
    });
  }
  for (let ms = world.shape.epochMs; ms < world.endMs; ms += OPERATOR_EVERY_MS)
    at(ms, () => operate(world, random));
  for (let ms = world.shape.epochMs; ms < world.endMs; ms += SANDBOX_LIFE_MS)
    at(ms, () => world.killHungSandboxes());
}

function audit(world: World, order: AuditOrder): void {
  world.auditors.make().run(order);
}

/** A reader of the stream stands still over a close: a backlog that the audit has to wait for. */
function strikeOutages(world: World, random: Random): void {
  const { faults, firehose, scheduler, trace } = world;
  if (faults.strikes('countingStalls')) {
    trace.add(scheduler.nowMs, 'counting', 'stands still');
    world.stallCounting(random.integer(1, random.pick(OUTAGES_MS_MAX)));
  }
  if (faults.strikes('archiveStalls')) {
    trace.add(scheduler.nowMs, 'archive', 'stands still');
    firehose.stall(random.integer(1, random.pick(OUTAGES_MS_MAX)));
  }
}

const anyDay = (world: World, random: Random): { readonly day: Day } => ({
  day: dayOf(world.nowMs - random.integer(0, 3) * DAY_MS),
});

/** Processes learn of it as they are replaced, which takes a while. */
function changeLateness(world: World, random: Random): void {
  const latenessMs = random.pick(LATENESSES_MS);
  world.trace.add(world.scheduler.nowMs, 'operator', `wants a lateness of ${latenessMs / HOUR_MS} h`);
  world.settings.wantLateness(latenessMs, world.nowMs).catch((error: unknown) => world.scheduler.fail(error));
  world.scheduler.wake();
  world.scheduler.after(random.next() * ROLLOUT_MS_MAX, () => world.redeploy());
}

function damageCounter(world: World, random: Random): void {
  const isDamaged = world.counters.damage(random, (timeMs) => !world.days.isSealed(dayOf(timeMs)));
  if (isDamaged) world.trace.add(world.scheduler.nowMs, 'disk', 'a counter shard loses an event');
}

/** Somebody looks at what needs a person: days that are held, payloads that were set aside. */
function operate(world: World, random: Random): void {
  for (const { record } of world.setAside.splice(0)) {
    if (random.chance(0.5) && mayReplay(world, record.bytes)) world.replay(record);
  }
  const held = heldDay(world);
  if (held === null) return;
  if (world.faults.strikes('wrongTrust')) {
    world.auditors.make({ isDoomed: true }).run({ day: held, trust: 'archive' });
  } else if (random.chance(0.3)) audit(world, { day: held, trust: 'journal' });
}

function mayReplay(world: World, bytes: Uint8Array): boolean {
  const events = (readLines(bytes) ?? []).flatMap(({ event }) => (event === null ? [] : [event]));
  return events.every(
    ({ timeMs, isControl }) =>
      !isControl && world.closeMsOf(dayOf(timeMs)) - REPLAY_BEFORE_CLOSE_MS > world.nowMs,
  );
}

function heldDay(world: World): Day | null {
  const { ledger, days } = world;
  const held = days.all().find(({ day, isSealed }) => !isSealed && ledger.reportOf(day)?.outcome === 'held');
  return held?.day ?? null;
}

/** Nothing fails any more: every day that took events closes, and is sealed. */
export async function sealTheRest(world: World): Promise<void> {
  const { scheduler } = world;
  for (const day of acceptedDays(world))
    if (world.days.find(day) === undefined) throw new Violation('not-sealed', `${day} is not even on record`);
  const lastCloseMs = Math.max(...daysOnRecord(world).map((day) => world.closeMsOf(day)));
  const restMs = lastCloseMs + HOUR_MS - world.shape.epochMs;
  await scheduler.runUntil(() => scheduler.nowMs >= restMs && world.isQuiet);
  for (let round = 0; round < LAST_ROUNDS_MAX; round++) {
    if (world.days.all().every(({ day, isSealed }) => isSealed || world.closeMsOf(day) > world.nowMs)) return;
    const held = heldDay(world);
    await runToEnd(world, held === null ? 'due' : { day: held, trust: 'journal' });
    await scheduler.runUntil(() => world.isQuiet);
  }
  const unsealed = world.days.all().find(({ isSealed }) => !isSealed);
  const report = unsealed && world.ledger.reportOf(unsealed.day);
  throw new Violation(
    'not-sealed',
    `${unsealed?.day} is still ${report?.outcome}: ${report?.reason ?? JSON.stringify(report?.findings)}`,
  );
}

/** From the first to the last: an empty one between has to be sealed as well. */
function daysOnRecord(world: World): Day[] {
  const [first = '', ...others] = world.days
    .all()
    .map(({ day }) => day)
    .sort();
  const last = others.at(-1) ?? first;
  const days: Day[] = [];
  for (let day = first; day !== '' && day <= last; day = nextDay(day)) days.push(day);
  return days;
}

/** The days of all events in the stream. */
const acceptedDays = ({ truth }: World): Set<Day> =>
  new Set([...truth.tallies.keys()].map((key) => dayOf(Number(key.slice(key.lastIndexOf('|') + 1)))));

async function runToEnd(world: World, order: AuditOrder): Promise<void> {
  let isEnded = false;
  world.auditors.make().run(order, () => (isEnded = true));
  await world.scheduler.runUntil(() => isEnded);
}

/** From the files alone, and against what is stored. */
export async function requireVerified(world: World): Promise<void> {
  // An act whose seal was cut off gets its file in the next round.
  await runToEnd(world, 'due');
  const verified: { problems?: readonly VerifyProblem[] } = {};
  world.auditors
    .make()
    .verify()
    .then(
      ({ problems }) => (verified.problems = problems),
      (error: unknown) => world.scheduler.fail(error),
    );
  await world.scheduler.runUntil(() => verified.problems !== undefined);
  for (const { what, problem } of verified.problems ?? [])
    throw new Violation('chain-broken', `${what}: ${problem}`);
}
