import { createHash } from 'node:crypto';
import type { Act } from '../../../core/audit/act.js';
import type { Verdict } from '../../../core/audit/judge.js';
import type { DayReport } from '../../../core/audit/report.js';
import { nextDay, type Day } from '../../../core/time.js';
import { minuteNameOf } from '../truth.js';
import { Violation } from '../violation.js';
import { CLOCK_OFFSET_MS_MAX, type World } from '../world.js';
import { ZERO, add, isZero, type Sum } from './sums.js';

export interface Seal {
  readonly day: Day;
  readonly act: Act;
  readonly report: DayReport;
}

/** Called before a seal is made: everything that it makes final must be the truth. */
export function requireSoundSeal(world: World, seal: Seal): void {
  if (world.days.isSealed(seal.day))
    throw new Violation('sealed-totals-changed', `${seal.day} is sealed twice`);
  requireInOrder(world, seal.day);
  requireClosed(world, seal.day);
  requireChained(world, seal.act);
  requireTrueTotals(world, seal.day);
  requireTrueShards(world, seal.day);
  requireInnocent(world, seal);
}

/** What an audit may find, by what happened in the run. */
function possibleFindings({ faults, firehose }: World): readonly Verdict[] {
  return [
    ...(faults.counts.has('setAside') ? (['never_counted'] as const) : []),
    ...(faults.counts.has('counterDamage') ? (['counter_corrupt'] as const) : []),
    ...(firehose.hasFailed ? (['archive_lost', 'over_count', 'receipt_incomplete'] as const) : []),
  ];
}

function requireInOrder({ days }: World, day: Day): void {
  const sealedThrough = days.sealedThrough();
  if (sealedThrough !== null && nextDay(sealedThrough) !== day)
    throw new Violation('chain-broken', `${day} is sealed after ${sealedThrough}`);
}

function requireClosed(world: World, day: Day): void {
  const earlyMs = world.settings.promisedCloseMsOf(day) - CLOCK_OFFSET_MS_MAX - world.nowMs;
  if (earlyMs > 0) throw new Violation('sealed-too-early', `${day} is sealed ${earlyMs} ms before its close`);
}

function requireChained({ ledger: { acts } }: World, { sequence, text, digest }: Act): void {
  const previousDigest = acts.at(-1)?.digest ?? '0'.repeat(64);
  const isChained = sequence === acts.length + 1 && text.includes(`"previousDigest":"${previousDigest}"`);
  const isDigest = createHash('sha256').update(text).digest('hex') === digest;
  if (!isChained || !isDigest)
    throw new Violation('chain-broken', `act ${sequence} does not follow the last`);
}

export function requireTrueTotals({ truth, totals }: World, day: Day): void {
  const expected = new Map<string, Sum>();
  const throughs = new Map<string, Sum>();
  for (const [key, sum] of truth.tallies) {
    const { counter, hour } = placeOf(key);
    if (hour.slice(0, 10) > day) continue;
    throughs.set(counter, add(throughs.get(counter) ?? ZERO, sum));
    if (hour.startsWith(day))
      expected.set(`${counter} ${hour}`, add(expected.get(`${counter} ${hour}`) ?? ZERO, sum));
  }
  const sealed = new Map<string, Sum>();
  for (const total of totals.ofDay(day)) {
    requireSame(`${total.counter} through ${day}`, total.through, throughs.get(total.counter) ?? ZERO);
    requireSame(`${total.counter} on ${day}`, total, total.hours.reduce<Sum>(add, ZERO));
    for (const { hour, ...sum } of total.hours)
      sealed.set(`${total.counter} ${day}T${String(hour).padStart(2, '0')}`, sum);
  }
  for (const key of new Set([...expected.keys(), ...sealed.keys()]))
    requireSame(key, sealed.get(key) ?? ZERO, expected.get(key) ?? ZERO);
}

/** Minute by minute, with what the audit adjusted. */
export function requireTrueShards({ truth, counters }: World, day: Day): void {
  const counted = counters.tallies();
  const adjusted = counters.adjustments();
  for (const key of new Set([...truth.tallies.keys(), ...counted.keys(), ...adjusted.keys()])) {
    if (!placeOf(key).hour.startsWith(day)) continue;
    const sum = add(counted.get(key) ?? ZERO, adjusted.get(key) ?? ZERO);
    requireSame(`${minuteNameOf(key)}, with its adjustment`, sum, truth.tallies.get(key) ?? ZERO);
  }
}

/** Where nothing was lost or damaged nothing is adjusted, and nobody is blamed for what did not happen. */
function requireInnocent(world: World, { day, report }: Seal): void {
  const possible = possibleFindings(world);
  requirePossible(possible, day, report);
  if (possible.includes('never_counted') || possible.includes('counter_corrupt')) return;
  for (const [key, sum] of world.counters.adjustments()) {
    if (placeOf(key).hour.startsWith(day) && !isZero(sum))
      throw new Violation('adjusted-needlessly', `${minuteNameOf(key)} is adjusted by ${sum.events} events`);
  }
}

/** A day that waits for a person although nothing happened to it. */
export function requireInnocentReport(world: World, day: Day, report: DayReport): void {
  if (report.outcome === 'held') requirePossible(possibleFindings(world), day, report);
}

function requirePossible(possible: readonly string[], day: Day, { outcome, findings }: DayReport): void {
  const impossible = Object.keys(findings).filter((finding) => !possible.includes(finding));
  if (impossible.length > 0)
    throw new Violation('adjusted-needlessly', `${day} is ${outcome}: ${impossible.join(', ')}`);
}

function requireSame(what: string, got: Sum, expected: Sum): void {
  if (got.value === expected.value && got.events === expected.events) return;
  throw new Violation(
    'sealed-wrong',
    `${what}: value ${got.value}, events ${got.events}; accepted were value ${expected.value}, events ${expected.events}`,
  );
}

function placeOf(key: string): { counter: string; hour: string } {
  const at = key.lastIndexOf('|');
  return {
    counter: key.slice(0, at),
    hour: new Date(Number(key.slice(at + 1))).toISOString().slice(0, 13),
  };
}
