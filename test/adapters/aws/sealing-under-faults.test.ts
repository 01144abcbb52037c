/** A seal's calls to DynamoDB, each lost, throttled or cancelled in its turn: the day is sealed once, and what is sealed is the same. */
import { ScanCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { FenceLostError, type Adjustment, type Fence } from '../../../core/audit/ports.js';
import { HOUR_MS } from '../../../core/time.js';
import {
  DAY,
  DAY_MS,
  EXPIRES_AT_MS,
  actBehind,
  beginRun,
  reportOf,
  seal,
  sealedTotal,
  type AuditStore,
} from '../../contract/audit-store.js';
import { dynamoDbAuditStore } from '../../support/dynamodb-audit-store.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import { throttle, type Call, type Fate } from '../../support/faulty-proxy.js';
import { createTables } from '../../support/local-dynamodb.js';

const dynamoDb = useDynamoDb();
const store = (): AuditStore => dynamoDbAuditStore(dynamoDb.client, dynamoDb.tables);

/** More than a transaction takes, so that a call of the port is cut into several. */
const COUNTERS = Array.from({ length: 120 }, (_, index) => `page.viewed/${index}`);
/** Written by a run that died, and not by the one that seals. */
const STALE = ['stale-1', 'stale-2'];

const adjustmentOf = (counter: string): Adjustment => ({
  counter,
  hourStartMs: DAY_MS + HOUR_MS,
  minutes: [{ minute: 5, value: -1, events: 0 }],
});

/** The steps of a sealing run, in the order that the audit takes them. */
const STEPS: readonly ((store: AuditStore, fence: Fence) => Promise<unknown>)[] = [
  ({ ledger }, fence) => ledger.putReport(fence, reportOf(fence)),
  ({ ledger }, fence) => ledger.beginTotals(fence),
  ({ writer }, fence) =>
    writer.putTotals(
      fence,
      COUNTERS.map((counter, index) => sealedTotal(counter, index)),
    ),
  ({ writer }, fence) => writer.removeTotals(fence, STALE),
  ({ writer }, fence) =>
    writer.putTop(fence, [{ type: 'page.viewed', subjects: [{ subject: '7', value: 7, events: 2 }] }]),
  ({ writer }, fence) => writer.putAdjustments(fence, COUNTERS.slice(0, 3).map(adjustmentOf), EXPIRES_AT_MS),
  (store, fence) => seal(store, fence),
];

async function auditOnce(store: AuditStore): Promise<Fence> {
  const fence = await beginRun(store);
  for (const step of STEPS) await step(store, fence);
  return fence;
}

type Table = readonly Record<string, AttributeValue>[];

async function everything() {
  const { tables } = dynamoDb;
  dynamoDb.proxy.fateOf = () => 'pass';
  const scan = async (TableName: string): Promise<Table> =>
    (await dynamoDb.client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  return {
    days: await scan(tables.days),
    totals: await scan(tables.totals),
    counters: await scan(tables.counters),
  };
}

/** What a day's seal says, whichever run made it. */
async function sealed({ ledger, tops, totals }: AuditStore) {
  dynamoDb.proxy.fateOf = () => 'pass';
  const [state] = await ledger.listDays({});
  const { totals: items, counters } = await everything();
  return {
    isSealed: state?.isSealed,
    sealedThrough: await ledger.sealedThrough(),
    acts: (await ledger.newestAct())?.sequence,
    actOfNewestRun: (await ledger.newestAct())?.text.includes(`"runNumber":${state?.runNumber},`),
    totalsCount: items.filter(({ counter }) => counter?.S?.startsWith('$top') !== true).length,
    adjustments: counters.length,
    top: await tops.readTop('page.viewed', DAY),
    last: await totals.readThrough({ counter: 'page.viewed/119', day: DAY, consistency: 'strong' }),
  };
}

const CLEAN = {
  isSealed: true,
  sealedThrough: DAY,
  acts: 1,
  actOfNewestRun: true,
  totalsCount: COUNTERS.length,
  adjustments: 3,
  top: [{ subject: '7', value: 7, events: 2 }],
  last: { value: 1_190, events: 20 },
};

const cancelledBy = (reason: string): Fate => ({
  status: 400,
  answer: {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    message: 'injected',
    CancellationReasons: [{ Code: 'None' }, { Code: reason, Message: 'injected' }],
  },
});

/** An error that nobody retries: to the run it is as if its process were gone. */
const GONE: Fate = throttle('AccessDeniedException');

/** The calls of an undisturbed run, by their places. */
async function callsOfRun(): Promise<Call[]> {
  dynamoDb.proxy.calls.length = 0;
  await auditOnce(store());
  return [...dynamoDb.proxy.calls];
}

const freshTables = async (): Promise<void> => {
  dynamoDb.proxy.fateOf = () => 'pass';
  Object.assign(dynamoDb, { tables: await createTables(dynamoDb.client, ['days', 'totals', 'counters']) });
};

/** The call in this place meets its fate once; all others pass. */
function disturb(place: number, fate: Fate): void {
  let index = 0;
  dynamoDb.proxy.fateOf = () => (index++ === place ? fate : 'pass');
}

test('an undisturbed run seals in few calls', async () => {
  const calls = await callsOfRun();

  expect(await sealed(store())).toEqual(CLEAN);
  // Begin; report; begin of totals; 2 for 120 totals; 1 each for stale ones, tops and adjustments; the newest act; the seal.
  expect(calls.map(({ operation }) => operation)).toEqual([
    'UpdateItem',
    'UpdateItem',
    'UpdateItem',
    ...Array.from({ length: 5 }, () => 'TransactWriteItems'),
    'Query',
    'TransactWriteItems',
  ]);
});

test.each<[string, Fate, (call: Call) => boolean]>([
  ['lost before it arrives', 'loseRequest', () => true],
  ['lost after it took effect', 'loseResponse', () => true],
  ['throttled', throttle('ThrottlingException'), () => true],
  ['refused for lack of capacity', throttle('ProvisionedThroughputExceededException'), () => true],
  [
    'cancelled by a conflict',
    cancelledBy('TransactionConflict'),
    ({ operation }) => operation === 'TransactWriteItems',
  ],
  [
    'cancelled by a throttle',
    cancelledBy('ThrottlingError'),
    ({ operation }) => operation === 'TransactWriteItems',
  ],
])('any call %s: the run itself seals the day, once', async (_what, fate, isConcerned) => {
  const calls = await callsOfRun();
  for (const [place, call] of calls.entries()) {
    if (!isConcerned(call)) continue;
    await freshTables();
    disturb(place, fate);
    await auditOnce(store());
    expect([place, await sealed(store())]).toEqual([place, CLEAN]);
  }
});

test('a run cut off between any two calls: the next run seals, and nothing of the first is left', async () => {
  const calls = await callsOfRun();
  for (const place of calls.keys()) {
    await freshTables();
    const first = await beginRun(store());
    await store().writer.putTotals(
      first,
      STALE.map((counter) => sealedTotal(counter, 1)),
    );
    let index = 0;
    dynamoDb.proxy.fateOf = () => (index++ >= place ? GONE : 'pass');
    await expect(auditOnce(store())).rejects.toThrow('injected');
    dynamoDb.proxy.fateOf = () => 'pass';
    await auditOnce(store());
    expect([place, await sealed(store())]).toEqual([place, CLEAN]);
  }
});

test('a seal whose answer is lost for good took effect: told again it says so, and makes no second act', async () => {
  const fence = await beginRun(store());
  const act = actBehind(null, fence);
  const sealIt = () => store().ledger.seal(fence, act, reportOf(fence, { outcome: 'sealed' }));
  let isFirst = true;
  dynamoDb.proxy.fateOf = () => {
    const fate = isFirst ? 'loseResponse' : GONE;
    isFirst = false;
    return fate;
  };
  await expect(sealIt()).rejects.toThrow();
  dynamoDb.proxy.fateOf = () => 'pass';
  const before = await everything();

  expect(await sealIt()).toBe(true);
  expect(await everything()).toEqual(before);
  expect(await store().ledger.newestAct()).toEqual(act);
});

test('two runs at once: the newer seals, the older stops at its next write', async () => {
  for (let round = 0; round < 5; round++) {
    await freshTables();
    const outcomes = await Promise.allSettled([auditOnce(store()), auditOnce(store())]);
    const lost = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost.map(({ reason }) => reason as unknown)).toEqual([expect.any(FenceLostError)]);
    expect(await sealed(store())).toEqual(CLEAN);
  }
});

test.each(STEPS.map((step, index) => [index, step] as const))(
  'step %i of a slow old run changes nothing once a newer one has sealed',
  async (_index, step) => {
    const old = await beginRun(store());
    await auditOnce(store());
    const before = await everything();

    await expect(step(store(), old)).rejects.toThrow(FenceLostError);
    expect(await everything()).toEqual(before);
  },
);

test.each(STEPS.slice(0, -1).map((step, index) => [index, step] as const))(
  'step %i taken again changes nothing',
  async (_index, step) => {
    const fence = await beginRun(store());
    await step(store(), fence);
    const before = await everything();
    await step(store(), fence);

    expect(await everything()).toEqual(before);
  },
);
