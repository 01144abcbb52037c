import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { AuditMetrics } from './audit-metrics.js';
import { sumOf } from './metric-math.js';
import { TallyAlarm, type AlarmConfig } from './tally-alarm.js';
import type { Watched } from './watched.js';

const HOUR = Duration.hours(1);
/** A night and two hours: a round takes minutes, and starts within the hour. */
const HEARTBEAT_HOURS = 26;
/** A day is sealed the night after it closes; two more nights are for a backlog, and for a round that was held. */
const SEAL_SLACK_DAYS = 3;

export interface AuditAlarms {
  /** Counts were found to be wrong. */
  readonly drift: TallyAlarm;
  readonly others: readonly TallyAlarm[];
}

export function makeAuditAlarms(scope: Construct, watched: Watched): AuditAlarms {
  const { config } = watched;
  const audit = watched.audit.metrics;
  return {
    drift: new TallyAlarm(scope, 'AuditDrift', {
      config,
      metric: audit.metricDriftSum({ period: HOUR }),
      rings: { from: 1 },
      says: 'An audit found counters that differ from the archive; what it could prove, it corrected when it sealed the day.',
      missing: { means: 'that no audit ran in that hour; AuditMissing watches over that' },
    }),
    others: [
      auditFailed(scope, watched),
      auditNotStarted(scope, watched),
      auditMissing(scope, config, audit),
      auditDoubtful(scope, config, audit),
      sealLate(scope, config, audit),
      expiryStopped(scope, config, audit),
    ],
  };
}

/** Of a round, or of an audit that somebody started. What a newer run overtook does not fail. */
function auditFailed(scope: Construct, { config, audit }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'AuditFailed', {
    config,
    metric: new MathExpression({
      expression: sumOf('failed', 'timedOut'),
      label: 'audits that failed',
      period: HOUR,
      usingMetrics: { failed: audit.metricFailedSum(), timedOut: audit.metricTimedOutSum() },
    }),
    rings: { from: 1 },
    says: 'An audit could not go on, and gave up: what it had not sealed by then stays unsealed.',
    missing: { means: 'that no audit ran in that hour; AuditMissing watches over that' },
  });
}

function auditNotStarted(scope: Construct, { config, audit }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'AuditNotStarted', {
    config,
    metric: audit.metricNotStartedMax({ period: HOUR }),
    rings: { from: 1 },
    says: 'The schedule could not start a nightly audit, and gave up.',
    missing: {
      means: 'that the queue of rounds that could not start has been empty for a while, which is good',
    },
  });
}

/** Driven by a heartbeat: an audit that does not run has nothing to say about drift, and silence looks like health. */
function auditMissing(scope: Construct, config: AlarmConfig, audit: AuditMetrics): TallyAlarm {
  return new TallyAlarm(scope, 'AuditMissing', {
    config,
    metric: new MathExpression({
      expression: sumOf('runs'),
      label: 'audit rounds',
      period: HOUR,
      usingMetrics: { runs: audit.metricRunsSum() },
    }),
    rings: { below: 1 },
    periods: HEARTBEAT_HOURS,
    says: 'No nightly audit has come to its end for 26 hours: nobody knows whether counts are right.',
    missing: { means: 'just that', isBad: true },
  });
}

/** What an audit can't prove, it does not mend: a person has to find out. */
function auditDoubtful(scope: Construct, config: AlarmConfig, audit: AuditMetrics): TallyAlarm {
  return new TallyAlarm(scope, 'AuditDoubtful', {
    config,
    metric: audit.metricDoubtsSum({ period: HOUR }),
    rings: { from: 1 },
    says: 'An audit found what it may not decide by itself: a day is held, or was sealed although something has to be found out.',
    missing: { means: 'that no audit ran in that hour; AuditMissing watches over that' },
  });
}

function sealLate(scope: Construct, config: Watched['config'], audit: AuditMetrics): TallyAlarm {
  return new TallyAlarm(scope, 'SealLate', {
    config,
    metric: audit.metricLastSealedDayAgeDaysMax({ period: HOUR }),
    rings: { from: Math.ceil(config.lateness.toDays({ integral: false })) + SEAL_SLACK_DAYS },
    says: 'Days are not sealed although they closed: an audit waits for a reader, or holds a day for a decision.',
    missing: { means: 'that no audit ran in that hour; AuditMissing watches over that' },
  });
}

/**
 * Deletions alone don't tell: a new stack has none for weeks, and an idle one never. The audit, which scans the counters
 * anyway, counts what should be gone.
 */
function expiryStopped(scope: Construct, config: AlarmConfig, audit: AuditMetrics): TallyAlarm {
  return new TallyAlarm(scope, 'ExpiryStopped', {
    config,
    metric: audit.metricItemsOverdueMax({ period: HOUR }),
    rings: { from: 1 },
    says: 'DynamoDB does not delete what has expired: counts stay right, tables and their cost grow.',
    missing: { means: 'that no audit ran in that hour; AuditMissing watches over that' },
  });
}
