/** Items of the Days table: their keys, and the condition that fences an audit run's writes. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Fence } from '../../core/audit/ports.js';
import { DAYS_KIND, DAYS_TABLE, DAY_STATE } from '../../core/table-schema.js';
import { integer, text, type Item } from './attributes.js';

const { partitionKey, sortKey, state, runNumber } = DAYS_TABLE;

export const daysKey = (kind: (typeof DAYS_KIND)[keyof typeof DAYS_KIND], name: string): Item => ({
  [partitionKey.name]: text(kind),
  [sortKey.name]: text(name),
});

/** The parts of a write, or of a check, that let it happen only while the run may write. Add to them what the write itself names. */
export const fenceCondition = (fence: Fence) => {
  const isNotSealed = '#state = :open';
  const isNewestRun = '#runNumber = :runNumber';
  return {
    Key: daysKey(DAYS_KIND.day, fence.day),
    ConditionExpression: `${isNotSealed} AND ${isNewestRun}`,
    ExpressionAttributeNames: { '#state': state, '#runNumber': runNumber },
    ExpressionAttributeValues: { ':open': text(DAY_STATE.open), ':runNumber': integer(fence.runNumber) },
  };
};

/** The fence as an action of a transaction that writes to other items. */
export const fenceCheck = (daysTableName: string, fence: Fence): TransactWriteItem => ({
  ConditionCheck: { TableName: daysTableName, ...fenceCondition(fence) },
});
