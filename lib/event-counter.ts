import { Aws, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AlarmTopic } from './alarm-topic.js';
import { Analytics } from './analytics.js';
import { Archive } from './archive.js';
import { Audit } from './audit.js';
import { Buckets } from './buckets.js';
import { checkConfig } from './check-config.js';
import { Console } from './console.js';
import { Counting } from './counting.js';
import { withDefaults, type EventCounterProps } from './event-counter-props.js';
import { EventStream } from './event-stream.js';
import { Heartbeat } from './heartbeat.js';
import { HttpApiFront } from './http-api.js';
import { Ingest } from './ingest.js';
import { Observability } from './observability/observability.js';
import { Query } from './query.js';
import { Tables } from './tables.js';

/**
 * Counts events exactly: everything from the HTTP API to the counts, in one construct.
 *
 * ```
 * producers ─▶ front ─▶ ingest ─▶ eventStream ─▶ counting ─▶ tables ◀─ query ◀─ front ◀─ readers
 *                          │            └──────▶ archive ─▶ buckets
 *                          └─ receipts ────────────┘
 * ```
 *
 * @throws {TallyError} `config_invalid`: names every prop that can't work, and what is accepted.
 */
export class EventCounter extends Construct {
  public readonly tables: Tables;
  public readonly buckets: Buckets;
  public readonly eventStream: EventStream;
  public readonly archive: Archive;
  public readonly analytics: Analytics;
  public readonly counting: Counting;
  public readonly heartbeat: Heartbeat;
  public readonly front: HttpApiFront;
  public readonly ingest: Ingest;
  public readonly query: Query;
  public readonly audit: Audit;
  public readonly observability: Observability;
  /** Only where the prop `console` asks for it. */
  public readonly console?: Console;

  public constructor(scope: Construct, id: string, props: EventCounterProps = {}) {
    super(scope, id);
    const config = withDefaults(props, deploymentOf(this));
    checkConfig(config);

    this.tables = new Tables(this, 'Tables', config);
    this.buckets = new Buckets(this, 'Buckets', config);
    this.eventStream = new EventStream(this, 'EventStream', config);

    const { tables, eventStream } = this;
    const { archive: bucket, failures } = this.buckets;
    this.archive = new Archive(this, 'Archive', { bucket, eventStream, logRetention: config.logRetention });
    const { archive } = this;
    this.analytics = new Analytics(this, 'Analytics', { config, buckets: this.buckets });
    this.counting = new Counting(this, 'Counting', { config, eventStream, tables, archive, failures });
    this.heartbeat = new Heartbeat(this, 'Heartbeat', { config, eventStream, tables, archive });

    this.front = new HttpApiFront(this, 'Front', { config, tables });
    const { front } = this;
    this.ingest = new Ingest(this, 'Ingest', { config, front, eventStream, tables, archive });
    this.query = new Query(this, 'Query', { config, front, tables });

    const { buckets, analytics: queries } = this;
    this.audit = new Audit(this, 'Audit', { config, eventStream, tables, buckets, queries });

    const { counting, ingest, query, audit } = this;
    this.observability = new Observability(this, 'Observability', {
      config,
      front,
      ingest,
      eventStream,
      counting,
      tables,
      archive,
      query,
      audit,
    });
    if (config.console) this.console = new Console(this, 'Console', { config, front });
    if (config.alarmEmail !== undefined) this.sendAlarms(config.alarmEmail);
  }

  /** Where events are sent. */
  public get ingestUrl(): string {
    return `${this.front.url}/v1/events`;
  }

  private sendAlarms(email: string): void {
    this.observability.alarms.tell(new AlarmTopic(this, 'AlarmTopic', { email }).action);
  }
}

/** Like `Tally/EventCounter`: no other stack of the account and region has this name, nor another construct of the stack this path. */
const deploymentOf = (counter: Construct): string =>
  `${Aws.STACK_NAME}/${counter.node.path.slice(Stack.of(counter).node.path.length).replace(/^\//, '')}`;
