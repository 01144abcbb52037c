/** The state machine as it would be deployed, executed over the functions' handlers: what it seals, and what it does not. */
import { PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { COUNTERS_TABLE } from '../../core/table-schema.js';
import { AwsAudit, DEFINITION, type Around } from './aws-audit.js';
import { statesOf, type Json } from './local-state-machine.js';

const DAY = '2026-11-20';
const NIGHT = '2026-11-21T03:00:00Z';

let aws: AwsAudit;
const goTo = (instant: string): void => void jest.setSystemTime(Date.parse(instant));

beforeEach(async () => {
  jest.useFakeTimers({
    now: Date.parse(`${DAY}T08:00:00.000Z`),
    // Only what the time is: what waits for something goes on waiting for it.
    doNotFake: [
      ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
      ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
      ...(['setTimeout', 'clearTimeout'] as const),
    ],
  });
  aws = await AwsAudit.start();
  await aws.send([
    { id: '1', time: `${DAY}T07:00:00Z`, subject: 'a', value: 5 },
    { id: '2', time: `${DAY}T07:59:00Z`, subject: 'b', value: -2 },
  ]);
  await aws.pump();
});
afterEach(async () => {
  jest.useRealTimers();
  await aws.dispose();
});

/** An execution beside which the stream's readers go on, as they do. */
const audit = (input: Json = {}, around: Around = (_, next) => next()): Promise<Json> =>
  aws.execute(input, async (name, next) => {
    if (name === 'LookAtCounting') await aws.pump();
    return around(name, next);
  });

const ended = (outcome: string, reason: unknown = null) => ({ days: [{ day: DAY, outcome, reason }] });

async function expectSealed(
  total: { value: number; events: number },
  status: 'sealed' | 'adjusted' = 'sealed',
): Promise<void> {
  expect(await aws.sealedThrough()).toBe(DAY);
  expect(await aws.report(DAY)).toMatchObject({ outcome: 'sealed', total });
  expect(await aws.query('used', { granularity: 'P1D' })).toMatchObject({
    ...total,
    rows: [{ status, ...total }],
  });
  const minutes = await aws.query('used', { granularity: 'PT1M', from: DAY });
  expect(minutes).toMatchObject(total);
  expect(await aws.verify()).toMatchObject({ actCount: 1, problems: [] });
}

test('a clean day is sealed without drift, and queries answer from its totals', async () => {
  goTo(NIGHT);
  const begun: string[] = [];
  const done: string[] = [];
  const result = await audit({}, async (name, next) => {
    // Every lane is settled before the first shard is scanned.
    if (name === 'ScanShards') expect(done.filter((each) => each === 'SettleLanes')).toHaveLength(4);
    begun.push(name);
    const answer = await next();
    done.push(name);
    return answer;
  });
  expect(result).toMatchObject(ended('sealed'));
  // Nothing is suspect, so nobody asks for ids.
  expect(begun).not.toContain('RunIds');
  expect(await aws.report(DAY)).toMatchObject({ driftCount: 0, unwitnessedChunkCount: 0, findings: {} });
  await expectSealed({ value: 3, events: 2 });
  expect(aws.metric('auditRunsCount')).toEqual([1]);
  expect(aws.metric('auditDriftCount')).toEqual([0]);
  expect(aws.metric('auditDoubtsCount')).toEqual([]);
  expect(aws.metric('lastSealedDayAgeDays')).toEqual([3 / 24]);
});

describe('a planted fault is found, and judged as the table says', () => {
  const shard = async (): Promise<{ counter: string; shard: string }> => {
    const { Items = [] } = await aws.dynamoDb.send(new ScanCommand({ TableName: aws.tables.counters }));
    const found = Items.find((item) => item['counter']?.S === 'used/a');
    return { counter: 'used/a', shard: found?.[COUNTERS_TABLE.sortKey.name]?.S ?? '' };
  };

  test('a counter shard that has one too many', async () => {
    const { counter, shard: sort } = await shard();
    await aws.dynamoDb.send(
      new UpdateItemCommand({
        TableName: aws.tables.counters,
        Key: { counter: { S: counter }, shard: { S: sort } },
        UpdateExpression: 'ADD m00 :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    goTo(NIGHT);
    expect(await audit()).toMatchObject(ended('sealed'));
    expect(await aws.report(DAY)).toMatchObject({ driftCount: 1, findings: { counter_corrupt: 1 } });
    expect(aws.metric('auditDriftCount')).toEqual([1]);
    await expectSealed({ value: 3, events: 2 });
    const minutes = await aws.query('used', { subject: 'a', granularity: 'PT1M', from: DAY });
    expect(minutes).toMatchObject({ value: 5, events: 1 });
  });

  test('a counter that nobody counted', async () => {
    const { shard: sort } = await shard();
    await aws.dynamoDb.send(
      new PutItemCommand({
        TableName: aws.tables.counters,
        Item: {
          counter: { S: 'phantom' },
          shard: { S: sort },
          m00: { N: '7' },
          expiresAtSeconds: { N: String(Date.parse('2027-06-01T00:00:00Z') / 1_000) },
        },
      }),
    );
    goTo(NIGHT);
    expect(await audit()).toMatchObject(ended('sealed'));
    expect(await aws.report(DAY)).toMatchObject({
      drift: [{ counter: 'phantom', target: { value: 0, events: 0 }, verdicts: ['counter_corrupt'] }],
    });
    await expectSealed({ value: 3, events: 2 });
    expect(await aws.query('phantom')).toMatchObject({ value: 0, events: 0 });
  });

  test('a chunk that was never counted', async () => {
    await aws.send([{ id: '3', time: `${DAY}T07:30:00Z`, subject: 'c', value: 7 }]);
    await aws.skipCounting();
    goTo(NIGHT);
    expect(await audit()).toMatchObject(ended('sealed'));
    expect(await aws.report(DAY)).toMatchObject({ driftCount: 2, findings: { never_counted: 2 } });
    await expectSealed({ value: 10, events: 3 }, 'adjusted');
  });

  test('an archive file that is gone, whose receipts are there', async () => {
    const [file = ''] = aws.archived('events');
    aws.remove(file);
    goTo(NIGHT);
    expect(await audit()).toMatchObject(ended('sealed'));
    expect(await aws.report(DAY)).toMatchObject({ isArchiveIncomplete: true });
    expect(aws.metric('auditDoubtsCount')).toEqual([1]);
    await expectSealed({ value: 3, events: 2 });
  });

  test('an archive file that is gone with its receipts: held, until an operator decides', async () => {
    for (const file of [...aws.archived('events'), ...aws.archived('receipts')]) aws.remove(file);
    goTo(NIGHT);
    expect(await audit()).toMatchObject(ended('held'));
    expect(await aws.sealedThrough()).toBeNull();
    expect(aws.metric('auditDoubtsCount')).toEqual([1]);
    expect(await audit({ day: DAY, trust: 'journal' })).toMatchObject(ended('sealed'));
    expect(await aws.report(DAY)).toMatchObject({ trust: 'journal' });
    await expectSealed({ value: 3, events: 2 });
    // A decision is no round.
    expect(aws.metric('auditRunsCount')).toEqual([1]);
  });
});

describe('a backlog makes the day wait', () => {
  test('of counting', async () => {
    goTo(NIGHT);
    let lookCount = 0;
    const result = await aws.execute({}, async (name, next) => {
      if (name === 'LookAtCounting') lookCount++;
      return next();
    });
    expect(result).toMatchObject(ended('waiting', expect.stringContaining('counting')));
    expect(lookCount).toBe(61);
    expect(await aws.sealedThrough()).toBeNull();
    expect(await audit()).toMatchObject(ended('sealed'));
  });

  test('of the archive, which is staged again until it has come', async () => {
    goTo(NIGHT);
    let stageCount = 0;
    const behindUntil =
      (stagesMin: number): Around =>
      async (name, next) => {
        if (name === 'LookAtCounting') await aws.count();
        if (name === 'TellStage' && ++stageCount > stagesMin) await aws.archive();
        return next();
      };
    expect(await aws.execute({}, behindUntil(Infinity))).toMatchObject(
      ended('waiting', expect.stringContaining('archive')),
    );
    expect(stageCount).toBe(10);
    expect(await aws.sealedThrough()).toBeNull();
    stageCount = 0;
    expect(await aws.execute({}, behindUntil(2))).toMatchObject(ended('sealed'));
    expect(stageCount).toBe(3);
    await expectSealed({ value: 3, events: 2 });
  });
});

describe('a query that fails, or comes back empty, seals nothing', () => {
  const QUERIES = ['stage', 'lines', 'reconcile', 'receipts', 'ids', 'totals', 'top'];

  beforeEach(async () => {
    // Suspect, so that ids are asked for, too.
    await aws.send([{ id: '3', time: `${DAY}T07:30:00Z`, subject: 'c', value: 7 }]);
    await aws.skipCounting();
    goTo(NIGHT);
  });

  test.each(['fail', 'empty'] as const)('%s', async (fault) => {
    for (const query of QUERIES) {
      // An UNLOAD has no rows in any case.
      if (fault === 'empty' && query === 'stage') continue;
      aws.engines.athena.setFault(`sql/${query}.sql`, fault);
      await expect(audit()).rejects.toThrow(fault === 'fail' ? /FAILED/ : /without its totals row/);
      aws.engines.athena.setFault(`sql/${query}.sql`, null);
      expect(await aws.sealedThrough()).toBeNull();
    }
    expect(aws.metric('auditRunsCount')).toEqual([]);
    expect(await audit()).toMatchObject(ended('sealed'));
    await expectSealed({ value: 10, events: 3 }, 'adjusted');
  });
});

describe('whatever becomes of executions, the same seal', () => {
  beforeEach(async () => {
    await aws.send([{ id: '3', time: `${DAY}T07:30:00Z`, subject: 'c', value: 7 }]);
    await aws.skipCounting();
    goTo(NIGHT);
  });

  /** Nothing of an execution that was cut off is done any more. */
  const cutOffAt = (at: string, when: 'before' | 'after'): Around => {
    let isCutOff = false;
    return async (name, next) => {
      if (isCutOff) throw new Error('cut off');
      if (name !== at) return next();
      isCutOff = true;
      if (when === 'after') await next();
      throw new Error('cut off');
    };
  };

  test.each(['before', 'after'] as const)('cut off %s each step, and started again', async (when) => {
    const tasks = [...statesOf(DEFINITION)].filter(([, { Type }]) => Type === 'Task').map(([name]) => name);
    // A day that is postponed is not sealed in any case: see above.
    const taken = tasks.filter((name) => !name.startsWith('PostponeFor'));
    expect(taken.slice(-2)).toEqual(['Seal', 'Conclude']);
    for (const task of taken) {
      if (task !== 'Conclude' && when === 'before') expect(await aws.sealedThrough()).toBeNull();
      await expect(audit({}, cutOffAt(task, when))).rejects.toThrow('cut off');
    }
    await audit();
    await expectSealed({ value: 10, events: 3 }, 'adjusted');
  });

  test('a seal whose answer is lost is no failure', async () => {
    let isLost = false;
    const result = await audit({}, async (name, next) => {
      const answer = await next();
      if (name !== 'Seal' || isLost) return answer;
      isLost = true;
      throw new Error('the answer is lost');
    });
    expect(result).toMatchObject(ended('sealed'));
    await expectSealed({ value: 10, events: 3 }, 'adjusted');
  });

  test('two at once: one seals, the other ends quietly', async () => {
    const results = (await Promise.all([audit(), audit()])) as { days: { outcome: string }[] }[];
    const outcomes = results.map(({ days }) => days[0]?.outcome).sort();
    expect(outcomes[1]).toBe('sealed');
    expect(outcomes[0]).toMatch(/^(overtaken|sealed)$/);
    await expectSealed({ value: 10, events: 3 }, 'adjusted');
  });

  test.each(['Judge', 'BeginTotals', 'PutTotalsOfPart', 'Seal'])(
    'a slow old one that goes on at %s after a newer one has sealed',
    async (at) => {
      let isOvertaken = false;
      const result = await audit({}, async (name, next) => {
        if (name === at && !isOvertaken) {
          isOvertaken = true;
          expect(await audit()).toMatchObject(ended('sealed'));
        }
        return next();
      });
      expect(result).toMatchObject(ended('overtaken'));
      await expectSealed({ value: 10, events: 3 }, 'adjusted');
    },
  );
});

describe('a round', () => {
  test('takes all days that are due, in order, and looks at yesterday; the first that is held holds the others', async () => {
    goTo('2026-11-21T20:00:00Z');
    await aws.send([{ id: '4', time: '2026-11-21T19:00:00Z' }]);
    goTo('2026-11-22T20:00:00Z');
    await aws.send([{ id: '5', time: '2026-11-22T19:00:00Z' }]);
    await aws.pump();
    goTo('2026-11-23T01:00:00Z');
    const [first = '', ...others] = aws.archived('events');
    const [receipt = ''] = aws.archived('receipts');
    const kept = [first, ...aws.archived('receipts')].map((path) => [path, aws.read(path)] as const);
    expect(others).toHaveLength(1);
    for (const [path] of kept) aws.remove(path);
    expect(receipt).not.toBe('');
    expect(await audit()).toMatchObject({
      days: [
        { day: DAY, outcome: 'held', reason: null },
        { day: '2026-11-21', outcome: 'waiting', reason: expect.stringContaining(DAY) as string },
        { day: '2026-11-22', outcome: 'open' },
      ],
    });
    for (const [path, bytes] of kept) aws.write(path, bytes);
    expect(await audit()).toMatchObject({
      days: [
        { day: DAY, outcome: 'sealed' },
        { day: '2026-11-21', outcome: 'sealed' },
        { day: '2026-11-22', outcome: 'open' },
      ],
    });
    expect(await aws.verify()).toMatchObject({ actCount: 2, problems: [] });
    expect(aws.metric('auditRunsCount')).toEqual([1, 1]);
  });

  test.each<[Json, RegExp]>([
    [{ day: 'yesterday' }, /day is "yesterday"; accepted: a day/],
    [{ day: DAY, trust: 'me' }, /trust is "me"; accepted: archive, journal/],
    [{ trust: 'journal' }, /accepted: one with the day/],
    [{ date: DAY }, /input is "date"; accepted: day, trust/],
  ])('refuses the input %p, and says what it accepts', async (input, message) => {
    await expect(audit(input)).rejects.toThrow(message);
  });
});
