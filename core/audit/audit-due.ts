/** The nightly round: every closed day that is not sealed, in order, and a look at yesterday. */
import { METRICS } from '../metric-names.js';
import { closeMsOf } from '../settings.js';
import { DAY_MS, dayOf, nextDay, type Day } from '../time.js';
import { auditDay, type AuditOptions, type AuditPorts } from './audit-day.js';
import { MARKER_DELAY_MS } from './begin-audit.js';
import { needsAPerson, type DayReport } from './report.js';
import { publishNewestAct } from './seal-day.js';

type DuePorts = Pick<AuditPorts, 'ledger' | 'clock'>;
type DueOptions = Pick<AuditOptions, 'settings'>;

/**
 * Audit what is due. Days follow each other without gaps from the first that has events: an empty one between is sealed too.
 * At the first day that can't be sealed the round ends: no later one can be either.
 */
export async function auditDueDays(ports: AuditPorts, options: AuditOptions): Promise<DayReport[]> {
  const reports: DayReport[] = [];
  // The last round may have been cut off between its seal and the act's file, and there may be nothing to audit tonight.
  await publishNewestAct(ports.files, ports.ledger);
  for (const day of await dueDays(ports, options)) {
    const report = await auditDay(ports, options, { day });
    reports.push(report);
    if (needsAPerson(report)) ports.metrics.add(METRICS.auditDoubts, 1);
    if (report.outcome !== 'sealed') break;
  }
  const yesterday = await openYesterday(ports);
  if (yesterday !== null && !reports.some(({ day }) => day === yesterday))
    reports.push(await auditDay(ports, options, { day: yesterday }));
  ports.metrics.add(METRICS.auditRuns, 1);
  return reports;
}

/** All days behind the sealed ones that have closed, in order. */
export async function dueDays({ ledger, clock }: DuePorts, { settings }: DueOptions): Promise<Day[]> {
  const sealedThrough = await ledger.sealedThrough();
  const first = sealedThrough === null ? (await ledger.listDays({}))[0]?.day : nextDay(sealedThrough);
  const nowMs = clock.nowMs();
  const days: Day[] = [];
  for (
    let day = first;
    day !== undefined && nowMs >= closeMsOf(settings, day) + MARKER_DELAY_MS;
    day = nextDay(day)
  )
    days.push(day);
  return days;
}

/** Yesterday, if anything is known of it and it is not sealed; `null` otherwise. */
export async function openYesterday({ ledger, clock }: DuePorts): Promise<Day | null> {
  const yesterday = dayOf(clock.nowMs() - DAY_MS);
  const [known] = await ledger.listDays({ fromDay: yesterday, toDay: yesterday });
  return known !== undefined && !known.isSealed ? yesterday : null;
}
