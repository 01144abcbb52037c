import { RemovalPolicy } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, Capacity, TableV2, type Attribute } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENV, type EnvName } from '../core/env-names.js';
import {
  CATALOG_TABLE,
  COUNTERS_TABLE,
  DAYS_KIND,
  DAYS_TABLE,
  EXPIRY_ATTRIBUTE,
  JOURNAL_TABLE,
  KEYS_TABLE,
  TOTALS_TABLE,
} from '../core/table-schema.js';
import { allow } from './allow.js';
import type { EventCounterConfig, ProvisionedCapacity } from './event-counter-props.js';

export type TablesProps = Pick<EventCounterConfig, 'removalPolicy' | 'tableCapacity' | 'warmThroughput'>;

const dynamodbAction = (operation: string): string => `dynamodb:${operation}`;

interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
}

interface TableShape {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
}

interface TableTraits {
  /** Written for every batch: takes the stack's capacity settings. */
  readonly isHot?: boolean;
  readonly hasExpiry?: boolean;
  readonly isRecoverable?: boolean;
}

/**
 * Where counts live, and all that must be known to count.
 *
 * Never add replicas: every guarantee rests on conditional writes, and those do not span regions. The journal has no
 * point-in-time recovery, because it expires and is rebuilt by replaying the archive; everything else has.
 */
export class Tables extends Construct {
  public readonly journal: TableV2;
  public readonly counters: TableV2;
  public readonly totals: TableV2;
  public readonly days: TableV2;
  public readonly catalog: TableV2;
  public readonly keys: TableV2;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TablesProps,
  ) {
    super(scope, id);
    this.journal = this.makeTable('Journal', JOURNAL_TABLE, { isHot: true, hasExpiry: true });
    this.counters = this.makeTable('Counters', COUNTERS_TABLE, {
      isHot: true,
      hasExpiry: true,
      isRecoverable: true,
    });
    this.totals = this.makeTable('Totals', TOTALS_TABLE, { isRecoverable: true });
    this.days = this.makeTable('Days', DAYS_TABLE, { isRecoverable: true });
    this.catalog = this.makeTable('Catalog', CATALOG_TABLE, { isRecoverable: true });
    this.keys = this.makeTable('Keys', KEYS_TABLE, { isRecoverable: true });
  }

  /** What the authorizer needs: to look a key up. It can't list keys. */
  public bindAuthorizer(authorizer: LambdaFunction): void {
    this.bind(authorizer, ENV.keysTable, this.keys, ['GetItem']);
  }

  /** What ingest needs: the settings, and which days are sealed. It never reads or writes a count. */
  public bindIngest(ingest: LambdaFunction): void {
    this.bind(ingest, ENV.daysTable, this.days, ['GetItem']);
    this.grantAgreeOnSettings(ingest);
  }

  /** What the heartbeat needs: to see whether ingest is open, and to open it. */
  public bindHeartbeat(heartbeat: LambdaFunction): void {
    this.bind(heartbeat, ENV.daysTable, this.days, ['GetItem']);
    this.grantOnDays(heartbeat, ['PutItem'], DAYS_KIND.progress);
  }

  /** What counting needs: to append to journals, to add to counters, and to see what of a late event's journal is added. It can't delete. */
  public bindCounting(count: LambdaFunction): void {
    this.bind(count, ENV.journalTable, this.journal, ['PutItem', 'Query']);
    this.bind(count, ENV.countersTable, this.counters, ['BatchGetItem', 'UpdateItem']);
    this.bind(count, ENV.catalogTable, this.catalog, ['BatchGetItem', 'PutItem']);
    this.bind(count, ENV.daysTable, this.days, ['GetItem']);
    this.grantAgreeOnSettings(count);
    this.grantOnDays(count, ['UpdateItem'], DAYS_KIND.day);
    this.grantOnDays(count, ['PutItem'], DAYS_KIND.progress);
  }

  /** What the deciding steps of the audit need: to number runs, to look for markers, to report. They see no count and can't seal. */
  public bindAuditDecide(decide: LambdaFunction): void {
    this.bind(decide, ENV.daysTable, this.days, ['GetItem', 'Query']);
    this.grantOnDays(decide, ['UpdateItem'], DAYS_KIND.day);
  }

  /** What the audit's snapshot needs: to read journals and settle them, and to scan counters. */
  public bindAuditSnapshot(snapshot: LambdaFunction): void {
    this.bind(snapshot, ENV.journalTable, this.journal, ['Query']);
    this.bind(snapshot, ENV.countersTable, this.counters, ['BatchGetItem', 'Scan', 'UpdateItem']);
    this.bind(snapshot, ENV.daysTable, this.days, ['GetItem']);
  }

  /** What sealing needs: to read what adjustments are made of; and to write those, totals, the act and the day's state. */
  public bindAuditSeal(seal: LambdaFunction): void {
    this.bind(seal, ENV.journalTable, this.journal, ['Query']);
    this.bind(seal, ENV.countersTable, this.counters, ['PutItem', 'Query']);
    this.bind(seal, ENV.totalsTable, this.totals, ['DeleteItem', 'PutItem', 'Query']);
    this.bind(seal, ENV.daysTable, this.days, ['GetItem', 'Query']);
    this.grantOnDays(seal, ['ConditionCheckItem', 'UpdateItem'], DAYS_KIND.day);
    this.grantOnDays(seal, ['PutItem'], DAYS_KIND.act);
    this.grantOnDays(seal, ['PutItem'], DAYS_KIND.progress);
  }

  /** What queries need: to read counts, days and how far counting has come, and to describe types. */
  public bindQuery(query: LambdaFunction): void {
    this.bind(query, ENV.countersTable, this.counters, ['Query']);
    this.bind(query, ENV.totalsTable, this.totals, ['GetItem', 'Query']);
    this.bind(query, ENV.catalogTable, this.catalog, ['GetItem', 'Query', 'UpdateItem']);
    this.bind(query, ENV.daysTable, this.days, ['GetItem', 'Query']);
  }

  /** Make, list and revoke API keys: for the people, or the pipeline, that do so. */
  public grantManageKeys(grantee: IGrantable): Grant {
    return this.keys.grant(grantee, 'dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:UpdateItem');
  }

  /** All of them, for what is asked of each. */
  public get all(): readonly TableV2[] {
    return [this.journal, this.counters, this.totals, this.days, this.catalog, this.keys];
  }

  /** Those written for every batch. */
  public get hot(): readonly [TableV2, TableV2] {
    return [this.journal, this.counters];
  }

  /** Writes that a table refused for the moment, sum per period. Above 0 for long, counts are running late. */
  public metricWriteThrottlesSum(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('WriteThrottleEvents', { statistic: 'Sum', ...options });
  }

  /** Write units used, sum per period, as they are billed on demand. */
  public metricWriteUnitsSum(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('ConsumedWriteCapacityUnits', { statistic: 'Sum', ...options });
  }

  /** Read units used, sum per period, as they are billed on demand. */
  public metricReadUnitsSum(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('ConsumedReadCapacityUnits', { statistic: 'Sum', ...options });
  }

  /** Write units per second that are paid for whether used or not, where capacity is provisioned. */
  public metricProvisionedWriteUnitsAverage(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('ProvisionedWriteCapacityUnits', { statistic: 'Average', ...options });
  }

  public metricProvisionedReadUnitsAverage(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('ProvisionedReadCapacityUnits', { statistic: 'Average', ...options });
  }

  /** Conditions that did not hold, sum per period: two workers met, or a batch came again. Harmless, and paid for. */
  public metricConditionFailuresSum(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('ConditionalCheckFailedRequests', { statistic: 'Sum', ...options });
  }

  /** Items that DynamoDB removed because they had expired, sum per period. */
  public metricExpiredItemsSum(table: TableV2, options?: MetricOptions): Metric {
    return table.metric('TimeToLiveDeletedItemCount', { statistic: 'Sum', ...options });
  }

  /** Both halves of access at once, permission and name, so that neither is forgotten. */
  private bind(user: LambdaFunction, envName: EnvName, table: TableV2, operations: readonly string[]): void {
    user.addEnvironment(envName, table.tableName);
    table.grant(user, ...operations.map(dynamodbAction));
  }

  /** The first start writes them, a changed lateness replaces them: both by condition. */
  private grantAgreeOnSettings(grantee: IGrantable): void {
    this.grantOnDays(grantee, ['PutItem'], DAYS_KIND.settings);
  }

  /** The table also holds seals: whoever may write to one kind of item may not write to the others. */
  private grantOnDays(grantee: IGrantable, operations: readonly string[], kind: string): void {
    const statement = allow(operations.map(dynamodbAction), [this.days.tableArn]);
    statement.addCondition('ForAllValues:StringEquals', { 'dynamodb:LeadingKeys': [kind] });
    grantee.grantPrincipal.addToPrincipalPolicy(statement);
  }

  private makeTable(id: string, shape: TableShape, traits: TableTraits): TableV2 {
    const { removalPolicy, tableCapacity, warmThroughput } = this.props;
    return new TableV2(this, id, {
      partitionKey: attribute(shape.partitionKey),
      sortKey: shape.sortKey && attribute(shape.sortKey),
      billing: traits.isHot ? billing(tableCapacity) : Billing.onDemand(),
      warmThroughput:
        traits.isHot && warmThroughput
          ? {
              readUnitsPerSecond: warmThroughput.readsPerSecond,
              writeUnitsPerSecond: warmThroughput.writesPerSecond,
            }
          : undefined,
      timeToLiveAttribute: traits.hasExpiry ? EXPIRY_ATTRIBUTE : undefined,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: traits.isRecoverable ?? false },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
  }
}

const ATTRIBUTE_TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

const attribute = ({ name, type }: KeyAttribute): Attribute => ({ name, type: ATTRIBUTE_TYPES[type] });

const billing = (capacity: ProvisionedCapacity | undefined): Billing =>
  capacity === undefined
    ? Billing.onDemand()
    : Billing.provisioned({
        readCapacity: Capacity.autoscaled({
          minCapacity: capacity.reads.min,
          maxCapacity: capacity.reads.max,
        }),
        writeCapacity: Capacity.autoscaled({
          minCapacity: capacity.writes.min,
          maxCapacity: capacity.writes.max,
        }),
      });
