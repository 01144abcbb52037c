import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { KinesisStream } from '../../../adapters/aws/kinesis-stream.js';
import { StreamUnavailableError } from '../../../core/errors.js';
import { stripeOf } from '../../../core/lane.js';
import type { Chunk } from '../../../core/ports.js';
import { startFaultyProxy, throttle, type Fate, type FaultyProxy } from '../../support/faulty-proxy.js';
import type { LocalServer } from '../../support/local-server.js';
import { createStream, kinesisClientAt, readStream, startKinesis } from '../../support/local-kinesis.js';

const LANE_COUNT = 64;
const STRIPE_COUNT = 4;

let engine: LocalServer;
let proxy: FaultyProxy;
let client: KinesisClient;
let streamCount = 0;
let streamName: string;
const slept: number[] = [];

beforeAll(async () => {
  engine = await startKinesis();
  proxy = await startFaultyProxy(engine.url);
  client = kinesisClientAt(proxy.url);
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
  await engine.close();
});
beforeEach(async () => {
  proxy.fateOf = () => 'pass';
  streamName = `stream-${++streamCount}`;
  await createStream(client, streamName, STRIPE_COUNT);
  proxy.calls.length = 0;
  slept.length = 0;
});

const makeStream = (): KinesisStream =>
  new KinesisStream({
    client,
    streamName,
    laneCount: LANE_COUNT,
    stripeCount: STRIPE_COUNT,
    timer: { elapsedMs: () => 0, sleep: async (ms) => void slept.push(ms) },
  });

const chunk = (stripe: number, text: string | Buffer): Chunk => ({
  chunkId: `chunk-${String(text.length)}`,
  stripe,
  receivedAtMs: 0,
  bytes: Buffer.from(text),
  eventCount: 1,
  valueSum: 1,
});

async function textsByShard(): Promise<string[][]> {
  const shards = await readStream(client, streamName);
  return shards.map(({ records }) => records.map(({ Data = [] }) => Buffer.from(Data).toString()));
}

interface PutRecordsBody {
  readonly Records: readonly { readonly Data: string }[];
}

const REFUSED = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' };

/** Kinesis answers 200 and fails records one by one; the local engine never does, so its answer is made up from a smaller call. */
function failRecords(body: Record<string, unknown>, fails: (index: number) => boolean): Fate {
  const { Records: records } = body as unknown as PutRecordsBody;
  const passing = records.filter((_, index) => !fails(index));
  if (passing.length === 0) {
    return {
      status: 200,
      answer: { FailedRecordCount: records.length, Records: records.map(() => REFUSED) },
    };
  }
  return {
    forward: { ...body, Records: passing },
    rewrite: (answer) => {
      const taken = [...(answer['Records'] as unknown[])];
      return {
        FailedRecordCount: records.length - taken.length,
        Records: records.map((_, index) => (fails(index) ? REFUSED : taken.shift())),
      };
    },
  };
}

test('each chunk is one record in the shard of its stripe', async () => {
  await makeStream().put([chunk(0, 'a'), chunk(3, 'b'), chunk(1, 'c'), chunk(3, 'd')]);

  expect(await textsByShard()).toEqual([['a'], ['c'], [], ['b', 'd']]);
});

test('a stripe stays together when there are half as many shards, and apart when there are twice as many', async () => {
  const doubled = new KinesisStream({ client, streamName, laneCount: LANE_COUNT, stripeCount: 8 });
  const halved = new KinesisStream({ client, streamName, laneCount: LANE_COUNT, stripeCount: 2 });
  await doubled.put([0, 1, 6, 7].map((stripe) => chunk(stripe, `d${stripe}`)));
  await halved.put([0, 1].map((stripe) => chunk(stripe, `h${stripe}`)));

  expect(await textsByShard()).toEqual([['d0', 'd1', 'h0'], [], ['h1'], ['d6', 'd7']]);
  expect(stripeOf(63, LANE_COUNT, STRIPE_COUNT)).toBe(3);
});

test('only the records that failed are put again, after a pause', async () => {
  let round = 0;
  proxy.fateOf = ({ body, operation }) =>
    operation === 'PutRecords' && ++round < 3 ? failRecords(body, (index) => index % 2 === 1) : 'pass';

  await makeStream().put(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((text) => chunk(0, text)));

  expect((await textsByShard())[0]?.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  const sizes = proxy.calls
    .filter(({ operation }) => operation === 'PutRecords')
    .map(({ body }) => (body as unknown as PutRecordsBody).Records.length);
  expect(sizes).toEqual([8, 4, 2]);
  expect(slept).toHaveLength(2);
});

test('records that fail to the last are an error that promises nothing', async () => {
  proxy.fateOf = ({ body }) => failRecords(body, (index) => index === 0);

  const put = makeStream().put([chunk(0, 'a'), chunk(0, 'b')]);

  await expect(put).rejects.toThrow(StreamUnavailableError);
  await expect(put).rejects.toThrow(/1 of 2 records.*Rate exceeded/);
  for (const [index, ms] of slept.entries()) expect(ms).toBeLessThan(100 * 2 ** index);
});

test('an engine that throttles whole calls is the same error', async () => {
  proxy.fateOf = () => throttle('ResourceNotFoundException');

  await expect(makeStream().put([chunk(0, 'a')])).rejects.toMatchObject({
    code: 'stream_unavailable',
    cause: { name: 'ResourceNotFoundException' },
  });
});

test('a lost response may double a record, never lose one', async () => {
  let lost = 0;
  proxy.fateOf = ({ operation }) => (operation === 'PutRecords' && lost++ === 0 ? 'loseResponse' : 'pass');

  await makeStream().put([chunk(0, 'a')]);

  expect((await textsByShard())[0]).toEqual(['a', 'a']);
});

test('more than a call takes goes in several calls', async () => {
  await makeStream().put(Array.from({ length: 501 }, (_, n) => chunk(n % STRIPE_COUNT, 'y')));

  const sizes = proxy.calls
    .filter(({ operation }) => operation === 'PutRecords')
    .map(({ body }) => (body as unknown as PutRecordsBody).Records.length);
  expect(sizes).toEqual([500, 1]);
});
