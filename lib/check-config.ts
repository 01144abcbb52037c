import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { TallyError, shown } from '../core/errors.js';
import { isLaneCount, isPowerOfTwo } from '../core/lane.js';
import { LANE_COUNT_MAX, LATENESS_MS_MAX, LATENESS_MS_MIN } from '../core/limits.js';
import { DAY_MS, HOUR_MS, SECOND_MS, parseInstant } from '../core/time.js';
import type { EventCounterConfig, ScaledUnits } from './event-counter-props.js';

/** Lambda refuses a longer batching window. */
const FRESHNESS_SECONDS_MAX = 300;
/** Below two days, "a day before the stream forgets" would leave counting no time to retry. */
const RETENTION_DAYS_MIN = 2;
const RETENTION_DAYS_MAX = 365;
/** S3 takes nothing younger than this into infrequent access. */
const INFREQUENT_ACCESS_DAYS_MIN = 30;
/** Athena takes no lower bound. */
const QUERY_SCAN_BYTES_MIN = 10_000_000;
/** After its day closed, an archived event must outlive the stream and the month that an audit has to seal the day. */
const SEAL_MARGIN_DAYS = 30;

const CLOUDFRONT_REGION = 'us-east-1';

/** One thing wrong with the configuration, or nothing. */
type Check = (config: EventCounterConfig) => string | undefined;

const CHECKS: readonly Check[] = [
  checkLanes,
  checkStripes,
  checkStreamMode,
  checkFreshness,
  checkLateness,
  checkRetention,
  checkCountConcurrency,
  checkRequestRate,
  checkTableCapacity,
  checkWarmThroughput,
  checkInfrequentAccess,
  checkArchiveTier,
  checkExpiry,
  checkArchiveSince,
  checkQueryScan,
  checkAuditAt,
  checkConsoleDomain,
  checkAlarmEmail,
  checkRemovalPolicy,
];

/**
 * Refuse a configuration that can't work, naming everything that is wrong with it at once.
 *
 * @throws {TallyError} `config_invalid`
 */
export function checkConfig(config: EventCounterConfig): void {
  const problems = CHECKS.flatMap((check) => check(config) ?? []);
  if (problems.length > 0) throw new TallyError('config_invalid', problems.join('\n'));
}

const isWhole = (n: number, min: number, max = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(n) && n >= min && n <= max;

function checkLanes({ lanes }: EventCounterConfig): string | undefined {
  if (isLaneCount(lanes)) return undefined;
  return `lanes is ${shown(lanes)}; accepted: a power of two, 1 to ${LANE_COUNT_MAX}`;
}

function checkStripes({ stripes, lanes, streamMode }: EventCounterConfig): string | undefined {
  if (!isPowerOfTwo(stripes) || stripes > lanes) {
    return `stripes is ${shown(stripes)}; accepted: a power of two, 1 to the number of lanes, ${shown(lanes)}`;
  }
  if (streamMode !== 'on-demand' || stripes === lanes) return undefined;
  return (
    `stripes is ${stripes} and streamMode is on-demand; accepted there: as many stripes as lanes, ${lanes}, ` +
    'because an on-demand stream cuts its shards where it likes. Leave stripes out, or use streamMode provisioned'
  );
}

function checkStreamMode({ streamMode }: EventCounterConfig): string | undefined {
  if (['provisioned', 'on-demand'].includes(streamMode)) return undefined;
  return `streamMode is ${shown(streamMode)}; accepted: provisioned, on-demand`;
}

function checkFreshness({ freshness }: EventCounterConfig): string | undefined {
  const ms = freshness.toMilliseconds({ integral: false });
  if (ms % SECOND_MS === 0 && isWhole(ms / SECOND_MS, 1, FRESHNESS_SECONDS_MAX)) return undefined;
  return `freshness is ${ms} ms; accepted: whole seconds, 1 to ${FRESHNESS_SECONDS_MAX}`;
}

function checkLateness({ lateness }: EventCounterConfig): string | undefined {
  const ms = lateness.toMilliseconds({ integral: false });
  if (isWhole(ms, LATENESS_MS_MIN, LATENESS_MS_MAX)) return undefined;
  return `lateness is ${ms} ms; accepted: ${LATENESS_MS_MIN / HOUR_MS} h to ${LATENESS_MS_MAX / DAY_MS} d`;
}

function checkRetention({ retention }: EventCounterConfig): string | undefined {
  const hours = retention.toHours({ integral: false });
  if (isWhole(hours, RETENTION_DAYS_MIN * 24, RETENTION_DAYS_MAX * 24)) return undefined;
  return `retention is ${hours} h; accepted: whole hours, ${RETENTION_DAYS_MIN} to ${RETENTION_DAYS_MAX} days`;
}

function checkCountConcurrency({ countConcurrency, stripes }: EventCounterConfig): string | undefined {
  if (countConcurrency === undefined || isWhole(countConcurrency, stripes)) return undefined;
  return (
    `countConcurrency is ${shown(countConcurrency)}; accepted: a whole number, at least the number of stripes, ` +
    `${shown(stripes)}, because each stripe is counted by a function of its own. Leave it out to set none aside`
  );
}

function checkRequestRate({ requestsPerSecond }: EventCounterConfig): string | undefined {
  if (isWhole(requestsPerSecond, 1)) return undefined;
  return `requestsPerSecond is ${shown(requestsPerSecond)}; accepted: a whole number, at least 1`;
}

function checkTableCapacity({ tableCapacity }: EventCounterConfig): string | undefined {
  const isInOrder = ({ min, max }: ScaledUnits): boolean => isWhole(min, 1) && isWhole(max, min);
  if (tableCapacity === undefined) return undefined;
  if (isInOrder(tableCapacity.reads) && isInOrder(tableCapacity.writes)) return undefined;
  return `tableCapacity is ${JSON.stringify(tableCapacity)}; accepted: for reads and writes, whole numbers 1 ≤ min ≤ max`;
}

function checkWarmThroughput({ warmThroughput }: EventCounterConfig): string | undefined {
  if (warmThroughput === undefined) return undefined;
  if (isWhole(warmThroughput.readsPerSecond, 1) && isWhole(warmThroughput.writesPerSecond, 1))
    return undefined;
  return `warmThroughput is ${JSON.stringify(warmThroughput)}; accepted: whole numbers, at least 1`;
}

function checkInfrequentAccess({ archiveLifecycle }: EventCounterConfig): string | undefined {
  const days = archiveLifecycle.infrequentAccessAfterDays;
  if (days === undefined || isWhole(days, INFREQUENT_ACCESS_DAYS_MIN)) return undefined;
  return `archiveLifecycle.infrequentAccessAfterDays is ${shown(days)}; accepted: ${INFREQUENT_ACCESS_DAYS_MIN} or more`;
}

function checkArchiveTier({ archiveLifecycle }: EventCounterConfig): string | undefined {
  const { archiveTierAfterDays: days, infrequentAccessAfterDays } = archiveLifecycle;
  const earliest = infrequentAccessAfterDays === undefined ? 1 : infrequentAccessAfterDays + 30;
  if (days === undefined || isWhole(days, earliest)) return undefined;
  return `archiveLifecycle.archiveTierAfterDays is ${shown(days)}; accepted: ${earliest} or more (30 after infrequent access)`;
}

function checkExpiry({ archiveLifecycle, lateness, retention }: EventCounterConfig): string | undefined {
  const { expireAfterDays: days, infrequentAccessAfterDays = 0, archiveTierAfterDays = 0 } = archiveLifecycle;
  const auditable = Math.ceil(lateness.toDays({ integral: false }) + retention.toDays({ integral: false }));
  const earliest = Math.max(
    auditable + SEAL_MARGIN_DAYS,
    infrequentAccessAfterDays + 1,
    archiveTierAfterDays + 1,
  );
  if (days === undefined || isWhole(days, earliest)) return undefined;
  return (
    `archiveLifecycle.expireAfterDays is ${shown(days)}; accepted: ${earliest} or more, so that no event goes before ` +
    'its day is sealed (lateness, retention and a month), nor before it moved to cheaper storage'
  );
}

function checkArchiveSince({ archiveSince }: EventCounterConfig): string | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(archiveSince);
  if (isDay && parseInstant(`${archiveSince}T00:00:00Z`) !== undefined) return undefined;
  return `archiveSince is ${shown(archiveSince)}; accepted: a day, such as 2026-11-21`;
}

function checkQueryScan({ queryScanMax }: EventCounterConfig): string | undefined {
  if (queryScanMax.toBytes() >= QUERY_SCAN_BYTES_MIN) return undefined;
  return `queryScanMax is ${queryScanMax.toBytes()} bytes; accepted: ${QUERY_SCAN_BYTES_MIN} or more`;
}

function checkAuditAt({ auditAt }: EventCounterConfig): string | undefined {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(auditAt)) return undefined;
  return `auditAt is ${shown(auditAt)}; accepted: a time of day in UTC, like 03:00`;
}

function checkConsoleDomain({ console, consoleDomain }: EventCounterConfig): string | undefined {
  if (consoleDomain === undefined) return undefined;
  if (!console)
    return 'consoleDomain is given and console is false; accepted: with console true, or leave it out';
  const { certificateArn } = consoleDomain;
  if (Token.isUnresolved(certificateArn) || certificateArn.split(':')[3] === CLOUDFRONT_REGION)
    return undefined;
  return `consoleDomain.certificateArn is ${shown(certificateArn)}; accepted: an ACM certificate in ${CLOUDFRONT_REGION}, where CloudFront looks for it`;
}

function checkAlarmEmail({ alarmEmail }: EventCounterConfig): string | undefined {
  if (alarmEmail === undefined || /^[^\s@]+@[^\s@]+$/.test(alarmEmail)) return undefined;
  return `alarmEmail is ${shown(alarmEmail)}; accepted: an e-mail address`;
}

function checkRemovalPolicy({ removalPolicy }: EventCounterConfig): string | undefined {
  const accepted = [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, RemovalPolicy.RETAIN, RemovalPolicy.DESTROY];
  if (accepted.includes(removalPolicy)) return undefined;
  return `removalPolicy is ${shown(removalPolicy)}; accepted: ${accepted.join(', ')}`;
}
