/**
 * The environment variables of the Lambdas, named once: the constructs set them, `lambdas/` reads them.
 *
 * All are required where they are read; an absent one is an error that names it, never a default.
 */
export const ENV = {
  journalTable: 'TALLY_JOURNAL_TABLE',
  countersTable: 'TALLY_COUNTERS_TABLE',
  totalsTable: 'TALLY_TOTALS_TABLE',
  daysTable: 'TALLY_DAYS_TABLE',
  catalogTable: 'TALLY_CATALOG_TABLE',
  keysTable: 'TALLY_KEYS_TABLE',
  /** Name of the Kinesis stream. */
  stream: 'TALLY_STREAM',
  /** Names of the Firehose streams that take direct puts. */
  receiptsStream: 'TALLY_RECEIPTS_STREAM',
  rejectedStream: 'TALLY_REJECTED_STREAM',
  /** Name of the bucket that holds the archive. */
  archiveBucket: 'TALLY_ARCHIVE_BUCKET',
  /** Name of the bucket that holds what SQL answered, and the audit's working tables. */
  queryResultsBucket: 'TALLY_QUERY_RESULTS_BUCKET',
  /** Name of the database that SQL's tables are in. */
  database: 'TALLY_DATABASE',
  /** Integers, in decimal. */
  laneCount: 'TALLY_LANE_COUNT',
  stripeCount: 'TALLY_STRIPE_COUNT',
  latenessMs: 'TALLY_LATENESS_MS',
  streamRetentionMs: 'TALLY_STREAM_RETENTION_MS',
  /** The batching window, over which counting paces its writes. */
  freshnessMs: 'TALLY_FRESHNESS_MS',
  /** Tells one stack's metrics from another's in the same account. */
  deployment: 'TALLY_DEPLOYMENT',
} as const;

export type EnvName = (typeof ENV)[keyof typeof ENV];
