import {
  GetItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  type TransactWriteItem,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Act } from '../../core/audit/act.js';
import { FenceLostError, type AuditLedger, type DayState, type Fence } from '../../core/audit/ports.js';
import type { DayReport } from '../../core/audit/report.js';
import { DAYS_KIND, DAYS_TABLE, DAY_STATE, SEALED_THROUGH_NAME, actName } from '../../core/table-schema.js';
import { dayOf, INSTANT_MS_MAX, INSTANT_MS_MIN, type Day } from '../../core/time.js';
import { asInteger, integer, readText, text, type Item } from './attributes.js';
import { didWrite, ifWritten } from './conditional-write.js';
import { daysKey, fenceCondition } from './days-item.js';
import { DynamoDbDays } from './dynamodb-days.js';
import { queryItems } from './query-items.js';
import { boundedReport } from './report-text.js';
import { transact } from './transact.js';

const { partitionKey, sortKey, state, expiresAtMs: expiry, runNumber, totalsRunNumbers } = DAYS_TABLE;

const DAY_MIN = dayOf(INSTANT_MS_MIN);
const DAY_MAX = dayOf(INSTANT_MS_MAX);

/** Days, their audit runs and the chain of acts, in one table: so a seal is one transaction. */
export class DynamoDbLedger implements AuditLedger {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #days: DynamoDbDays;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#days = new DynamoDbDays(options);
  }

  public async listDays({
    fromDay = DAY_MIN,
    toDay = DAY_MAX,
  }: {
    fromDay?: Day;
    toDay?: Day;
  }): Promise<DayState[]> {
    // DynamoDB refuses a range that ends before it begins; to us it is an empty one.
    if (fromDay > toDay) return [];
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#kind = :kind AND #name BETWEEN :fromDay AND :toDay',
      ExpressionAttributeNames: { '#kind': partitionKey.name, '#name': sortKey.name },
      ExpressionAttributeValues: {
        ':kind': text(DAYS_KIND.day),
        ':fromDay': text(fromDay),
        ':toDay': text(toDay),
      },
      ConsistentRead: true,
    });
    const days: DayState[] = [];
    for await (const item of items) days.push(dayStateOf(item));
    return days;
  }

  public sealedThrough(): Promise<Day | null> {
    return this.#days.sealedThrough();
  }

  /** Sent twice, it takes two numbers: the first one is nobody's, which harms nothing. */
  public async beginRun(day: Day, expiresAtMs: number): Promise<number | null> {
    const isNew = 'attribute_not_exists(#state)';
    const isNotSealed = '#state = :open';
    const update = new UpdateItemCommand({
      TableName: this.#tableName,
      Key: daysKey(DAYS_KIND.day, day),
      UpdateExpression:
        'SET #state = if_not_exists(#state, :open), #expiresAtMs = if_not_exists(#expiresAtMs, :expiresAtMs) ' +
        'ADD #runNumber :one',
      ConditionExpression: `${isNew} OR ${isNotSealed}`,
      ExpressionAttributeNames: { '#state': state, '#expiresAtMs': expiry, '#runNumber': runNumber },
      ExpressionAttributeValues: {
        ':open': text(DAY_STATE.open),
        ':expiresAtMs': integer(expiresAtMs),
        ':one': integer(1),
      },
      ReturnValues: 'ALL_NEW',
    });
    const begun = await ifWritten(this.#client.send(update));
    return begun?.Attributes === undefined ? null : dayStateOf(begun.Attributes).runNumber;
  }

  public beginTotals(fence: Fence): Promise<void> {
    // A set: a run that is added again is in it once.
    return this.#update(fence, `ADD #totalsRunNumbers :runNumbers`, {
      names: { '#totalsRunNumbers': totalsRunNumbers },
      values: { ':runNumbers': { NS: [String(fence.runNumber)] } },
    });
  }

  public putReport(fence: Fence, report: DayReport): Promise<void> {
    return this.#update(fence, `SET #report = :report`, reportAttributes(report));
  }

  public async newestAct(): Promise<Act | null> {
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#kind = :kind',
      ExpressionAttributeNames: { '#kind': partitionKey.name },
      ExpressionAttributeValues: { ':kind': text(DAYS_KIND.act) },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    });
    for await (const item of items) return actOf(item);
    return null;
  }

  public async seal(fence: Fence, act: Act, report: DayReport): Promise<boolean> {
    const failed = await transact(this.#client, this.#sealActions(fence, act, report));
    if (failed.length === 0) return true;
    // It may have been sealed by this very call, sent before: then its own act is in place. No other run makes the same one.
    const inPlace = await this.#readAct(act.sequence);
    if (inPlace?.digest === act.digest) return true;
    if (failed.includes(FENCED_ACTION) || failed.includes(ORDER_ACTION)) throw new FenceLostError(fence);
    return false;
  }

  #sealActions(fence: Fence, act: Act, report: DayReport): TransactWriteItem[] {
    const TableName = this.#tableName;
    const { names, values } = reportAttributes(report);
    const { ExpressionAttributeNames, ExpressionAttributeValues, ...fenced } = fenceCondition(fence);
    return [
      {
        Update: {
          TableName,
          ...fenced,
          UpdateExpression: 'SET #state = :sealed, #report = :report',
          ExpressionAttributeNames: { ...ExpressionAttributeNames, ...names },
          ExpressionAttributeValues: {
            ...ExpressionAttributeValues,
            ...values,
            ':sealed': text(DAY_STATE.sealed),
          },
        },
      },
      {
        Put: {
          TableName,
          Item: {
            ...daysKey(DAYS_KIND.act, actName(act.sequence)),
            [DAYS_TABLE.digest]: text(act.digest),
            [DAYS_TABLE.manifest]: text(act.text),
          },
          ConditionExpression: 'attribute_not_exists(#kind)',
          ExpressionAttributeNames: { '#kind': partitionKey.name },
        },
      },
      // Days are sealed in order, so all before this one are: one that is not sealed by now never follows a later one.
      {
        Put: {
          TableName,
          Item: {
            ...daysKey(DAYS_KIND.progress, SEALED_THROUGH_NAME),
            [DAYS_TABLE.day]: text(fence.day),
          },
          ConditionExpression: 'attribute_not_exists(#day) OR #day < :day',
          ExpressionAttributeNames: { '#day': DAYS_TABLE.day },
          ExpressionAttributeValues: { ':day': text(fence.day) },
        },
      },
    ];
  }

  async #readAct(sequence: number): Promise<Act | null> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#tableName,
        Key: daysKey(DAYS_KIND.act, actName(sequence)),
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? null : actOf(Item);
  }

  /** A change of the day's own item, under its fence. */
  async #update(fence: Fence, UpdateExpression: string, { names, values }: Attributes): Promise<void> {
    const { ExpressionAttributeNames, ExpressionAttributeValues, ...fenced } = fenceCondition(fence);
    const input: UpdateItemCommandInput = {
      TableName: this.#tableName,
      ...fenced,
      UpdateExpression,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, ...names },
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ...values },
    };
    if (!(await didWrite(this.#client.send(new UpdateItemCommand(input))))) throw new FenceLostError(fence);
  }
}

/** Where in a seal's transaction the fence stands, and where the order of days. */
const FENCED_ACTION = 0;
const ORDER_ACTION = 2;

interface Attributes {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

const reportAttributes = (report: DayReport): Attributes => ({
  names: { '#report': DAYS_TABLE.report },
  values: { ':report': text(boundedReport(report)) },
});

function dayStateOf(item: Item): DayState {
  const report = item[DAYS_TABLE.report]?.S;
  return {
    day: readText(item, sortKey.name),
    isSealed: readText(item, state) === DAY_STATE.sealed,
    runNumber: asInteger(item[runNumber]) ?? 0,
    totalsRunNumbers: (item[totalsRunNumbers]?.NS ?? []).map(Number).sort((a, b) => a - b),
    report: report === undefined ? null : (JSON.parse(report) as DayReport),
  };
}

const actOf = (item: Item): Act => ({
  sequence: Number(readText(item, sortKey.name)),
  digest: readText(item, DAYS_TABLE.digest),
  text: readText(item, DAYS_TABLE.manifest),
});
