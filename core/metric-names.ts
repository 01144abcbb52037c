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
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];
