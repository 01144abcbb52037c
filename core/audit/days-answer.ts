/** What HTTP and the command line say of days. */
import type { Clock } from '../ports.js';
import { closeMsOf, type Settings } from '../settings.js';
import { formatInstant, type Day } from '../time.js';
import type { AuditLedger, DayState } from './ports.js';
import type { DayReport } from './report.js';

export type DayStateName = 'open' | 'closed' | 'sealed';

export interface DayAnswer {
  readonly day: Day;
  readonly state: DayStateName;
  readonly closesAt: string;
  /** Of the types' own counters; `null`: not sealed. */
  readonly value: number | null;
  readonly events: number | null;
  /** Counter-hours that the newest audit found wrong; `null`: no audit has finished. */
  readonly drift: number | null;
  readonly adjustments: number | null;
  readonly isArchiveIncomplete: boolean;
  /** The newest audit left it to an operator: nothing goes on by itself. */
  readonly isHeld: boolean;
  /** Of the act that sealed the day. */
  readonly act: number | null;
  readonly digest: string | null;
  /** Why a closed day is not sealed; `null`: it is, or nobody has looked. */
  readonly reason: string | null;
}

interface Ports {
  readonly ledger: Pick<AuditLedger, 'listDays'>;
  readonly clock: Clock;
}

/** Days on record between inclusive bounds, in order. */
export async function daysAnswer(
  { ledger, clock }: Ports,
  settings: Settings,
  range: { fromDay?: Day; toDay?: Day },
): Promise<DayAnswer[]> {
  const days = await ledger.listDays(range);
  return days.map((state) => answerOf(state, settings, clock.nowMs()));
}

/** One day with the report of its newest audit; `null`: it is not on record. */
export async function dayAnswer(
  ports: Ports,
  settings: Settings,
  day: Day,
): Promise<(DayAnswer & { readonly report: DayReport | null }) | null> {
  const [state] = await ports.ledger.listDays({ fromDay: day, toDay: day });
  return state === undefined
    ? null
    : { ...answerOf(state, settings, ports.clock.nowMs()), report: state.report };
}

function answerOf({ day, isSealed, report }: DayState, settings: Settings, nowMs: number): DayAnswer {
  const closesAtMs = closeMsOf(settings, day);
  const openOrClosed = nowMs < closesAtMs ? 'open' : 'closed';
  const isHeld = !isSealed && report?.outcome === 'held';
  return {
    day,
    state: isSealed ? 'sealed' : openOrClosed,
    closesAt: formatInstant(closesAtMs),
    value: report?.total?.value ?? null,
    events: report?.total?.events ?? null,
    drift: report?.driftCount ?? null,
    adjustments: isSealed ? (report?.adjustedCounterHourCount ?? null) : null,
    isArchiveIncomplete: report?.isArchiveIncomplete ?? false,
    isHeld,
    act: report?.actSequence ?? null,
    digest: report?.digest ?? null,
    reason: isSealed ? null : (report?.reason ?? (isHeld ? HELD : null)),
  };
}

const HELD = 'the audit holds it: an operator has to decide (tally seal)';
