import { gzipSync } from 'node:zlib';
import { formatArchiveLine } from '../../core/archive-line.js';
import { EXPIRY_GUARD_MS } from '../../core/count/day-book.js';
import { DAY_MS, HOUR_MS, dayStartMs } from '../../core/time.js';
import { requireExact, requireRejected } from './checks.js';
import type { Random } from './random.js';
import type { StreamRecord } from './simulated-stream.js';
import type { World } from './world.js';

/** Records that an operator's replay, or a poller gone back to its oldest checkpoint, brings again. */
const REPLAYED_RECORDS = 10;
/** A damaged journal stops its batches for ever: long enough to see that nothing is counted. */
const DAMAGED_MS = 10_000;

/** Lets every reader catch up. */
type Settle = (world: World) => Promise<void>;

/**
 * What happens to a world whose events are all counted: weeks pass, items expire, days are sealed, and the stream still
 * brings things up again. Nothing of it may change a count.
 */
export async function aftermath(world: World, settle: Settle): Promise<void> {
  const random = world.random.fork('aftermath');
  await stayExactUntilExpiry(world, random, settle);
  const what = random.pick(['sealed', 'expired', 'damaged'] as const);
  if (what === 'damaged') return damage(world);
  if (what === 'sealed') for (const { day } of world.days.all()) world.days.seal(day);
  else world.skipTo(lastExpiryMs(world));
  world.trace.add(world.scheduler.nowMs, 'operator', `days are ${what}`);
  world.scheduler.skipTo(world.scheduler.nowMs + HOUR_MS);
  await refuseStragglers(world, random, settle);
  world.skipTo(lastExpiryMs(world) + DAY_MS);
  world.journals.requireVisible();
  // Time to live deletes one item and not the next: what is left of a journal is no journal.
  world.journals.expire(world.nowMs, () => random.chance(0.5));
  world.counters.expire(world.nowMs, () => random.chance(0.5));
  replay(world, random);
  await settle(world);
}

/** Up to a day before its expiry, a day's items are all there, and what comes again is known. */
async function stayExactUntilExpiry(world: World, random: Random, settle: Settle): Promise<void> {
  const firstExpiryMs = Math.min(...world.days.all().map(({ expiresAtMs }) => expiresAtMs));
  if (!Number.isFinite(firstExpiryMs)) return;
  world.skipTo(firstExpiryMs - EXPIRY_GUARD_MS - HOUR_MS);
  world.journals.expire(world.nowMs, () => true);
  world.counters.expire(world.nowMs, () => true);
  requireExact(world);
  replay(world, random);
  await settle(world);
  requireExact(world);
}

/** Writes that took effect weeks after their producer gave up: too late to be counted, never lost without a word. */
async function refuseStragglers(world: World, random: Random, settle: Settle): Promise<void> {
  for (const { day } of world.days.all())
    world.bringUp(straggler(dayStartMs(day) + random.integer(0, DAY_MS - 1)), 0n);
  replay(world, random);
  await settle(world);
  requireExact(world);
  requireRejected(world);
}

/** Somebody deletes an entry. Every worker that reads the journal must stop, loudly: counting on would double its ids. */
async function damage(world: World): Promise<void> {
  if (!world.journals.vandalise()) return;
  world.trace.add(world.scheduler.nowMs, 'operator', 'an entry is deleted');
  world.isGapExpected = true;
  world.killSandboxes();
  for (const record of world.firehose.archive.slice(0, REPLAYED_RECORDS)) world.bringUp(record, 0n);
  const untilMs = world.scheduler.nowMs + DAMAGED_MS;
  await world.scheduler.runUntil(() => world.scheduler.nowMs >= untilMs);
  requireExact(world);
}

const lastExpiryMs = (world: World): number =>
  Math.max(...world.days.all().map(({ expiresAtMs }) => expiresAtMs));

function replay(world: World, random: Random): void {
  const { archive } = world.firehose;
  for (let count = 0; count < Math.min(REPLAYED_RECORDS, archive.length); count++) {
    world.bringUp(random.pick(archive), 0n);
  }
}

function straggler(timeMs: number): StreamRecord {
  const chunkId = `straggler-${timeMs}`;
  const event = {
    id: chunkId,
    source: 'client-9',
    type: 'type-1',
    subject: '',
    partitionKey: 'type-1',
    timeMs,
    value: 1,
  };
  const line = formatArchiveLine({ ...event, restJson: '' }, { receivedAtMs: timeMs, chunkId, position: 0 });
  return { chunkId, receivedAtMs: timeMs, bytes: gzipSync(`${line}\n`) };
}
