/** The nightly round: every closed day that is not sealed, in order, and a look at yesterday. */
import { METRICS } from '../metric-names.js';
import { closeMsOf } from '../settings.js';
import { DAY_MS, dayOf, nextDay, type Day } from '../time.js';
import { auditDay, MARKER_DELAY_MS, type AuditOptions, type AuditPorts } from './audit-day.js';
import type { DayReport } from './report.js';

/**
 * Audit what is due. Days follow each other without gaps from the first that has events: an empty one between is sealed too.
 *
 * Stops sealing at the first day that can't be sealed: those after it wait for it.
 *
 * @returns a report for each day that was looked at, in order.
 */
export async function auditDueDays(ports: AuditPorts, options: AuditOptions): Promise<DayReport[]> {
  const reports: DayReport[] = [];
  for (;;) {
    const day = await nextDueDay(ports, options);
    if (day === null) break;
    const report = await auditDay(ports, options, { day });
    reports.push(report);
    if (report.outcome !== 'sealed') break;
  }
  const yesterday = dayOf(ports.clock.nowMs() - DAY_MS);
  const [known] = await ports.ledger.listDays({ fromDay: yesterday, toDay: yesterday });
  const isLookedAt = reports.some(({ day }) => day === yesterday);
  if (known !== undefined && !known.isSealed && !isLookedAt)
    reports.push(await auditDay(ports, options, { day: yesterday }));
  ports.metrics.add(METRICS.auditRuns, 1);
  return reports;
}

/** The day behind the sealed ones, if it has closed; `null`: nothing is due. */
export async function nextDueDay(
  { ledger, clock }: Pick<AuditPorts, 'ledger' | 'clock'>,
  { settings }: Pick<AuditOptions, 'settings'>,
): Promise<Day | null> {
  const sealedThrough = await ledger.sealedThrough();
  const day = sealedThrough === null ? (await ledger.listDays({}))[0]?.day : nextDay(sealedThrough);
  const isDue = day !== undefined && clock.nowMs() >= closeMsOf(settings, day) + MARKER_DELAY_MS;
  return isDue ? day : null;
}
