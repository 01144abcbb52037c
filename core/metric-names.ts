/** Every metric, named once: code, dashboards and tests import these, so a renamed metric is a compile error. */
export const METRIC_NAMESPACE = 'Tally';

export const METRICS = {
  eventsAccepted: 'eventsAcceptedCount',
  /** Labelled by error code. */
  eventsRejected: 'eventsRejectedCount',
  eventsCounted: 'eventsCountedCount',
  eventsDuplicate: 'eventsDuplicateCount',
  /** Lines or chunks that counting could not read or may not count. */
  linesRejected: 'linesRejectedCount',
  journalConflicts: 'journalConflictsCount',
  entriesAppended: 'entriesAppendedCount',
  entriesSettledForOthers: 'entriesSettledForOthersCount',
  requestsUnavailable: 'requestsUnavailableCount',
  /** Chunks whose receipt could not be kept: the audit then lacks a witness for them, and nothing else. */
  receiptsFailed: 'receiptsFailedCount',
  /** Counter-hours that an audit found different from what they should be. */
  auditDrift: 'auditDriftCount',
  /** Nightly rounds that came to their end, also where they found nothing to seal: their absence is an alarm. */
  auditRuns: 'auditRunsCount',
  /** Audits of a closed day that a person must look at: the day is held, or sealed although something has to be found out. */
  auditDoubts: 'auditDoubtsCount',
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** What is observed and not added up: a maximum is asked of it. */
export const GAUGES = {
  /** How long ago the newest event of a batch arrived, once the batch was counted. */
  freshness: 'freshnessMs',
  /** How many days ago the last sealed day ended, as a nightly round leaves it. */
  lastSealedDay: 'lastSealedDayAgeDays',
  /** Items that are still there a week after they expired, as a nightly round finds them. */
  itemsOverdue: 'itemsOverdueCount',
} as const;

export type GaugeName = (typeof GAUGES)[keyof typeof GAUGES];

/** Who measures, on AWS: the dimension `service`. */
export type ServiceName = 'ingest' | 'count' | 'query' | 'audit';
