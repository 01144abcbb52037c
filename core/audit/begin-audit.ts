/** The audit's first steps: may the day be sealed, which run is this, and have the stream's readers passed the day's close? */
import type { Clock, StreamWriter } from '../ports.js';
import { closeMsOf, expiresAtMsOf, type Settings } from '../settings.js';
import { DAY_MS, MINUTE_MS, dayOf, dayStartMs, nextDay, type Day } from '../time.js';
import type { Trust } from './judge.js';
import { makeMarkerChunk } from './marker.js';
import type { AuditFiles, AuditLedger, Fence, MarkerProgress } from './ports.js';
import type { LineTotals } from './reconciler.js';
import { emptyReport, type DayReport } from './report.js';
import { evidenceFile, type AuditRun, type RunParts } from './run.js';
import { pieces } from './text-files.js';

export interface BeginPorts {
  readonly ledger: AuditLedger;
  readonly files: AuditFiles;
  readonly stream: StreamWriter;
  readonly markers: MarkerProgress;
  readonly clock: Clock;
  /** Why nothing may be sealed now, a clock that jumped say; `null`: it may. */
  readonly findSealingDoubt: () => Promise<string | null>;
}

export interface BeginOptions {
  readonly settings: Settings;
  readonly stripeCount: number;
  readonly streamRetentionMs: number;
  readonly parts: RunParts;
}

/** Either there is nothing to do for this run, and a report says why, or there is a run. */
export type Begun =
  { readonly run: AuditRun; readonly report: null } | { readonly run: null; readonly report: DayReport };

/** Markers go in this long after the close: what was received before it is stored by then, or refused. */
export const MARKER_DELAY_MS = 5 * MINUTE_MS;

/**
 * Take the day's next run number, which fences all runs before; and put a marker on each stripe, if the day is closed and
 * nothing stands against a seal.
 */
export async function beginAudit(
  ports: BeginPorts,
  options: BeginOptions,
  { day, trust }: { day: Day; trust?: Trust },
): Promise<Begun> {
  const { settings, parts } = options;
  const expiresAtMs = expiresAtMsOf(settings, day, options.streamRetentionMs);
  const isExpired = ports.clock.nowMs() >= expiresAtMs;
  const bar = await findBar(ports.ledger, day, isExpired);
  if (bar !== null) return { run: null, report: waiting({ day, runNumber: 0 }, ports.clock, bar) };
  const obstacle = await findObstacle(ports, options, day);
  const runNumber = await ports.ledger.beginRun(day, expiresAtMs);
  if (runNumber === null) return { run: null, report: await sealedReport(ports.ledger, day) };
  const isOpen = ports.clock.nowMs() < closeMsOf(settings, day);
  const run: AuditRun = { fence: { day, runNumber }, expiresAtMs, isOpen, trust: trust ?? null, parts };
  if (isOpen) return { run, report: null };
  if (obstacle !== null) return { run: null, report: await postpone(ports, run, obstacle) };
  await putMarkers(ports, options, run);
  return { run, report: null };
}

/**
 * Why no run of the day may even begin; `null`: one may. A run puts its day on record, and what is on record has to be sealed
 * before anything behind it: a day that never can be would stand in the way for ever.
 */
async function findBar(ledger: AuditLedger, day: Day, isExpired: boolean): Promise<string | null> {
  const [known] = await ledger.listDays({ fromDay: day, toDay: day });
  if (known !== undefined) return null;
  const sealedThrough = await ledger.sealedThrough();
  if (sealedThrough !== null && day <= sealedThrough)
    return `nothing of it was ever counted, and ${sealedThrough} behind it is sealed`;
  return isExpired ? 'nothing of it was ever counted, and its journals would have expired' : null;
}

/** Days are sealed in order: a counter's total through a day holds all days before it. */
async function findObstacle(ports: BeginPorts, options: BeginOptions, day: Day): Promise<string | null> {
  const { settings } = options;
  const nowMs = ports.clock.nowMs();
  if (nowMs < closeMsOf(settings, day) + MARKER_DELAY_MS) return 'the day has closed only just now';
  if (nowMs >= expiresAtMsOf(settings, day, options.streamRetentionMs))
    return 'its journals have expired, so they are no witness any more: rebuild the day from the archive';
  const doubt = await ports.findSealingDoubt();
  if (doubt !== null) return doubt;
  const earlier = await firstUnsealedBefore(ports.ledger, day);
  if (earlier !== null) return `${earlier} is not sealed yet, and days are sealed in order`;
  const openStill = lateOpenDays(settings, day, nowMs);
  return openStill === null ? null : `${openStill} still takes events, and days are sealed in order`;
}

async function firstUnsealedBefore(ledger: AuditLedger, day: Day): Promise<Day | null> {
  const sealedThrough = await ledger.sealedThrough();
  if (sealedThrough !== null) return nextDay(sealedThrough) < day ? nextDay(sealedThrough) : null;
  const [first] = await ledger.listDays({});
  return first !== undefined && first.day < day ? first.day : null;
}

const LATENESS_DAYS_MAX = 36;

/** A day before this one that a longer lateness of its own keeps open. */
function lateOpenDays(settings: Settings, day: Day, nowMs: number): Day | null {
  for (let daysBack = LATENESS_DAYS_MAX; daysBack > 0; daysBack--) {
    const earlier = dayOf(dayStartMs(day) - daysBack * DAY_MS);
    if (nowMs < closeMsOf(settings, earlier) + MARKER_DELAY_MS) return earlier;
  }
  return null;
}

async function sealedReport(ledger: AuditLedger, day: Day): Promise<DayReport> {
  const [state] = await ledger.listDays({ fromDay: day, toDay: day });
  if (state?.report?.outcome === 'sealed') return state.report;
  throw new RangeError(`day ${day} is sealed, but there is no report of it`);
}

type ConcludePorts = Pick<BeginPorts, 'ledger' | 'files' | 'clock'>;

/** End the run, for the reason given: the day waits, and the next round looks again. */
export function postpone(ports: ConcludePorts, { fence }: AuditRun, reason: string): Promise<DayReport> {
  return conclude(ports, fence, waiting(fence, ports.clock, reason));
}

const waiting = (fence: Fence, clock: Clock, reason: string): DayReport =>
  emptyReport({ ...fence, outcome: 'waiting', reason, auditedAtMs: clock.nowMs() });

/** Keep what a run that does not seal has to say. */
export async function conclude(
  { ledger, files }: Pick<BeginPorts, 'ledger' | 'files'>,
  fence: Fence,
  report: DayReport,
): Promise<DayReport> {
  await ledger.putReport(fence, report);
  await writeReport(files, fence, report);
  return report;
}

export const writeReport = (files: AuditFiles, fence: Fence, report: DayReport): Promise<void> =>
  files.write(evidenceFile(fence, 'report'), pieces(`${JSON.stringify(report, null, 1)}\n`));

/** On every stripe, in every run: an earlier one may have been lost, by counting or by the archive, and nobody can tell. */
async function putMarkers(
  { clock, stream }: BeginPorts,
  { stripeCount }: BeginOptions,
  { fence: { day, runNumber } }: AuditRun,
): Promise<void> {
  const about = { runNumber, nowMs: clock.nowMs() };
  const chunks = stripesOf(stripeCount).map((stripe) => makeMarkerChunk({ day, stripe }, about));
  await stream.put(await Promise.all(chunks));
}

const stripesOf = (stripeCount: number): number[] =>
  Array.from({ length: stripeCount }, (_, stripe) => stripe);

/** Whether the run may take its snapshot: all that the day will ever bring is counted. */
export async function hasCountingPassed(
  { markers }: Pick<BeginPorts, 'markers'>,
  { stripeCount }: Pick<BeginOptions, 'stripeCount'>,
  { isOpen, fence }: AuditRun,
): Promise<boolean> {
  if (isOpen) return true;
  const passed = new Set(await markers.stripesPassed(fence.day));
  return stripesOf(stripeCount).every((stripe) => passed.has(stripe));
}

export const COUNTING_BEHIND = 'counting has not passed the marker behind the close: a backlog';

/** Whether the archive may be asked: all that the day will ever bring is in its files. */
export const hasArchivePassed = (
  { stripeCount }: Pick<BeginOptions, 'stripeCount'>,
  { isOpen }: AuditRun,
  { markedStripes }: LineTotals,
): boolean => isOpen || markedStripes.length >= stripeCount;

export const ARCHIVE_BEHIND = 'the archive has not passed the marker behind the close';
