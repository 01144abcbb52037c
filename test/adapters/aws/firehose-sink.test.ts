import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { makeFirehoseClient } from '../../../adapters/aws/clients.js';
import { FirehoseSink } from '../../../adapters/aws/firehose-sink.js';
import { CHUNK_BYTES_MAX } from '../../../core/limits.js';
import type { RejectedLine } from '../../../core/ports.js';
import { startFaultyProxy, type Call, type FaultyProxy } from '../../support/faulty-proxy.js';
import { useLocalAws } from '../../support/local-aws-environment.js';

/** Firehose's own limit for one record, before it is base64. */
const RECORD_BYTES_MAX = 1_000 * 1_024;

let proxy: FaultyProxy;
let client: FirehoseClient;
let taken: Buffer[];

const recordsOf = ({ body }: Call): Buffer[] =>
  (body['Records'] as { Data: string }[]).map(({ Data }) => Buffer.from(Data, 'base64'));

/** No engine speaks Firehose on a laptop: this keeps records, and refuses those that a test says. */
const keepAll =
  (refuses: (index: number) => boolean = () => false) =>
  (call: Call) => {
    const records = recordsOf(call);
    taken.push(...records.filter((_, index) => !refuses(index)));
    return {
      status: 200,
      answer: {
        FailedPutCount: records.filter((_, index) => refuses(index)).length,
        RequestResponses: records.map((_, index) =>
          refuses(index)
            ? { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }
            : { RecordId: `r${index}` },
        ),
      },
    };
  };

beforeAll(async () => {
  proxy = await startFaultyProxy('http://127.0.0.1:9');
  useLocalAws({ AWS_ENDPOINT_URL_FIREHOSE: proxy.url });
  client = makeFirehoseClient();
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
});
beforeEach(() => {
  taken = [];
  proxy.calls.length = 0;
  proxy.fateOf = keepAll();
});

const sink = (): FirehoseSink<RejectedLine> =>
  new FirehoseSink({ client, streamName: 'rejected', timer: { elapsedMs: () => 0, sleep: async () => {} } });

const rejected = (line: string): RejectedLine => ({
  reason: 'day_refused',
  message: 'sealed',
  rejectedAtMs: 1,
  line,
});

const linesTaken = (): RejectedLine[] =>
  gunzipSync(Buffer.concat(taken))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RejectedLine);

test('many lines share a record, and the records together are one gzip file of all lines', async () => {
  const lines = Array.from({ length: 3_000 }, (_, n) => rejected(`${n}`.padEnd(500, 'x')));

  await sink().put(lines);

  expect(linesTaken()).toEqual(lines);
  expect(taken.length).toBeLessThan(5);
});

test('records that were refused are put again, alone', async () => {
  proxy.fateOf = (call) => keepAll((index) => proxy.calls.length === 1 && index === 0)(call);
  const lines = [rejected('a'.repeat(900_000)), rejected('b'.repeat(900_000))];

  await sink().put(lines);

  expect(linesTaken().map(({ line }) => line[0])).toEqual(['b', 'a']);
});

test('what is refused to the last is an error', async () => {
  proxy.fateOf = keepAll(() => true);

  await expect(sink().put([rejected('a')])).rejects.toThrow(/1 of 1 records.*Slow down/);
});

test('the largest chunk, in base64, fits into a record', async () => {
  const chunk = randomBytes(CHUNK_BYTES_MAX).toString('base64');

  await sink().put([rejected(chunk)]);

  expect(taken[0]?.length).toBeLessThan(RECORD_BYTES_MAX);
  expect(linesTaken()[0]?.line).toBe(chunk);
});
