/** Has the nightly audit done what it should have by now? */
import type { Settings } from '../settings.js';
import { closeMsOf } from '../settings.js';
import { DAY_MS, HOUR_MS, type Day } from '../time.js';
import type { AuditLedger } from './ports.js';
import { dueDays } from './audit-due.js';
import type { Clock } from '../ports.js';

/** A closed day that a nightly round should have sealed, and why it did not. */
export interface OverdueDay {
  readonly day: Day;
  readonly reason: string;
}

/** Within a day of its close there is a night; then a round may take this long, or be begun again. */
const OVERDUE_MS = DAY_MS + 2 * HOUR_MS;

/** The first day that should be sealed and is not; `null`: the audit is on time. */
export async function findOverdueDay(
  ports: { readonly ledger: AuditLedger; readonly clock: Clock },
  settings: Settings,
): Promise<OverdueDay | null> {
  const [day] = await dueDays(ports, { settings });
  if (day === undefined || ports.clock.nowMs() < closeMsOf(settings, day) + OVERDUE_MS) return null;
  const [state] = await ports.ledger.listDays({ fromDay: day, toDay: day });
  return { day, reason: reasonOf(state?.report) };
}

function reasonOf(report: { outcome: string; reason?: string } | null | undefined): string {
  if (report?.outcome === 'held') return 'the audit holds it: an operator has to decide (tally seal)';
  return report?.reason ?? 'no audit of it has come to its end: see the log, or run `tally audit`';
}
