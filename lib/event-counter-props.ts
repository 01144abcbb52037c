import { Aws, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { LANE_COUNT_DEFAULT, LATENESS_MS_DEFAULT } from '../core/limits.js';

export type StreamMode = 'provisioned' | 'on-demand';

/** Units per second that a table scales between, on its own. */
export interface ScaledUnits {
  readonly min: number;
  readonly max: number;
}

export interface ProvisionedCapacity {
  readonly reads: ScaledUnits;
  readonly writes: ScaledUnits;
}

export interface WarmUnits {
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
}

/** When archived objects move to cheaper storage, and when they go, in days after their arrival. */
export interface ArchiveLifecycle {
  /** To infrequent access; 30 or more.
   * @default - never */
  readonly infrequentAccessAfterDays?: number;
  /** To Glacier Instant Retrieval, which SQL still reads; 30 or more after infrequent access.
   * @default - never */
  readonly archiveTierAfterDays?: number;
  /** Gone: no audit and no rebuild of those days after that.
   * @default - never */
  readonly expireAfterDays?: number;
}

export interface CustomDomain {
  readonly name: string;
  /** An ACM certificate for the name, in the stack's region where nothing else is said. */
  readonly certificateArn: string;
}

export interface EventCounterProps {
  /** Equal slices of the hash-key space, each with its own journals and counter shards: a power of two up to 1,024.
   * **Fixed once data exists**: the Lambdas refuse another number.
   * @default 64 */
  readonly lanes?: number;
  /** Kinesis shards, each a run of neighbouring lanes: a power of two up to `lanes`. Doubles or halves per deploy.
   * @default 4, or `lanes` where `streamMode` is `on-demand` */
  readonly stripes?: number;
  /** How long counting gathers events before it writes: 1 s to 5 min. Longer is later and cheaper.
   * @default Duration.seconds(5) */
  readonly freshness?: Duration;
  /** How long after its end a day stays open: 1 h to 35 d. A change is for days that have not begun.
   * @default Duration.hours(48) */
  readonly lateness?: Duration;
  /** How long the stream keeps events, and so how long counting may stand still without loss: 2 to 365 days.
   * @default Duration.days(7) */
  readonly retention?: Duration;
  /** `on-demand` needs `stripes` equal to `lanes`, because it cuts its shards where it likes.
   * @default 'provisioned' */
  readonly streamMode?: StreamMode;
  /** Encrypts the stream. `aws-managed` costs nothing and can't be used from other accounts.
   * @default - a key of the stack's own, rotated yearly */
  readonly streamKey?: IKey | 'aws-managed';
  /** Capacity of the Journal and of the Counters table, each; the other tables are always on-demand.
   * @default - on-demand */
  readonly tableCapacity?: ProvisionedCapacity;
  /** What the Journal and the Counters table, each, must take at once without having grown to it. Costs once.
   * @default - DynamoDB's own: 4,000 writes and 12,000 reads per second */
  readonly warmThroughput?: WarmUnits;
  /** Lambda concurrency set aside for counting, at least `stripes`.
   * @default - shares the account's */
  readonly countConcurrency?: number;
  /** New counting code takes a tenth of the batches for five minutes, and goes back on an error.
   * @default true */
  readonly isDeploymentGradual?: boolean;
  /** Requests per second that the API lets through; bursts up to twice that.
   * @default 1000 */
  readonly requestsPerSecond?: number;
  /** Origins whose pages may call the API.
   * @default - none: no CORS */
  readonly corsOrigins?: readonly string[];
  /** A name for the API. The default endpoint is then off, so that nothing goes round what stands in front of the name.
   * @default - the default endpoint */
  readonly domain?: CustomDomain;
  /** Deploy the console as a static site, too: a CloudFront distribution before a bucket and the API.
   * @default false */
  readonly console?: boolean;
  /** A name for the console; its certificate must be in us-east-1, as CloudFront wants it.
   * @default - CloudFront's own name */
  readonly consoleDomain?: CustomDomain;
  /** Keep what was overwritten in the archive.
   * @default true */
  readonly isArchiveVersioned?: boolean;
  /** @default - everything stays in standard storage, for ever */
  readonly archiveLifecycle?: ArchiveLifecycle;
  /** The first day of the archive that SQL looks at, by arrival: the stack's own first day is enough.
   * @default '2026-01-01' */
  readonly archiveSince?: string;
  /** What one query may read before Athena stops it, 10 MB or more: a bound to what a mistake costs. An audit reads the events of a few days.
   * @default Size.tebibytes(1) */
  readonly queryScanMax?: Size;
  /** Where S3 logs accesses to the buckets.
   * @default - nowhere */
  readonly accessLogsBucket?: IBucket;
  /** When the nightly audit begins: `HH:MM`, UTC.
   * @default '03:00' */
  readonly auditAt?: string;
  /** Who hears of alarms.
   * @default - nobody */
  readonly alarmEmail?: string;
  /** Where people read docs/RUNBOOK.md: every alarm links to its heading there.
   * @default 'docs/RUNBOOK.md' - the file in the checkout */
  readonly runbookUrl?: string;
  /** How long the Lambdas' and the API's logs are kept.
   * @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** X-Ray for the Lambdas.
   * @default false */
  readonly isTraced?: boolean;
  /** What becomes of tables, stream, key and buckets with the stack. `DESTROY` also empties the buckets and takes off
   * the protections: for trying things out.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

type Optional =
  | 'streamKey'
  | 'tableCapacity'
  | 'warmThroughput'
  | 'countConcurrency'
  | 'corsOrigins'
  | 'domain'
  | 'consoleDomain'
  | 'accessLogsBucket'
  | 'alarmEmail';

/** The props with every default filled in. */
export type EventCounterConfig = Required<Omit<EventCounterProps, Optional>> &
  Pick<EventCounterProps, Optional> & {
    /** Tells this counter's metrics and alarms from those of others in the account. */
    readonly deployment: string;
  };

const STRIPE_COUNT_DEFAULT = 4;

export function withDefaults(
  props: EventCounterProps,
  deployment: string = Aws.STACK_NAME,
): EventCounterConfig {
  const lanes = props.lanes ?? LANE_COUNT_DEFAULT;
  const streamMode = props.streamMode ?? 'provisioned';
  return {
    ...props,
    deployment,
    lanes,
    streamMode,
    stripes: props.stripes ?? (streamMode === 'on-demand' ? lanes : Math.min(STRIPE_COUNT_DEFAULT, lanes)),
    freshness: props.freshness ?? Duration.seconds(5),
    lateness: props.lateness ?? Duration.millis(LATENESS_MS_DEFAULT),
    retention: props.retention ?? Duration.days(7),
    isDeploymentGradual: props.isDeploymentGradual ?? true,
    requestsPerSecond: props.requestsPerSecond ?? 1_000,
    console: props.console ?? false,
    isArchiveVersioned: props.isArchiveVersioned ?? true,
    archiveLifecycle: props.archiveLifecycle ?? {},
    archiveSince: props.archiveSince ?? '2026-01-01',
    queryScanMax: props.queryScanMax ?? Size.tebibytes(1),
    auditAt: props.auditAt ?? '03:00',
    logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
    isTraced: props.isTraced ?? false,
    runbookUrl: props.runbookUrl ?? 'docs/RUNBOOK.md',
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  };
}
