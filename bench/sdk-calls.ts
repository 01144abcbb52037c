import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Readable } from 'node:stream';
import { DynamoDbCounterShards } from '../adapters/aws/dynamodb-counter-shards.js';
import { processTimer } from '../adapters/aws/timer.js';
import { WritePacer } from '../adapters/aws/write-pacer.js';
import { expectStoreUse } from '../core/cost/write-units.js';
import { WORKLOAD_DEFAULT } from '../core/cost/workload.js';
import type { Bench } from './bench.js';
import { BENCH_DAY_MS } from './counting.js';
import { race, type Speed } from './race.js';

const CALLS = 2_000;
const NOBODY = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** What the SDK's own work costs: build, sign and read a counter write that is answered on the spot, without a network. */
export const sdkCalls: Bench = {
  name: 'sdk-calls',
  varies: 'nothing',
  reports: 'DynamoDB calls per CPU second, and the events per second of a core that they allow',
  run: async (io) => {
    const client = new DynamoDBClient({
      ...NOBODY,
      requestHandler: {
        handle: () =>
          Promise.resolve({
            response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from('{}')]) },
          }),
      },
    });
    const pacer = new WritePacer({ timer: { ...processTimer, sleep: () => Promise.resolve() }, windowMs: 1 });
    const shards = new DynamoDbCounterShards({ client, tableName: 'counters', pacer });
    const journal = { lane: 3, sliceStartMs: BENCH_DAY_MS };
    const increments = Array.from({ length: CALLS }, (_, index) => ({
      counter: `template.used/T-${index}`,
      minutes: [{ minute: 1, value: 1, events: 1 }],
    }));
    const speeds = await race(
      [
        {
          name: 'UpdateItem of one increment',
          run: () => shards.apply(journal, 1, increments, BENCH_DAY_MS),
        },
      ],
      CALLS,
      io,
    );
    return [
      {
        title: 'SDK calls: counter writes answered without a network',
        head: ['what', 'calls per CPU second', 'µs a call', 'events/s at 5 s', 'events/s at 60 s'],
        rows: speeds.map((speed) => [speed.name, ...figures(speed)]),
        notes: [
          'Events per second of one core if it did nothing but these calls, 100,000 counters, Zipf 1, 5,000 events/s a stack.',
          'Sockets and TLS come on top: the cost model reckons with 500 µs a call.',
        ],
      },
    ];
  },
};

function figures({ eventsPerCpuSecond: callsPerSecond }: Speed): number[] {
  const eventsAt = (windowSeconds: number): number =>
    callsPerSecond / expectStoreUse(WORKLOAD_DEFAULT, windowSeconds).calls;
  return [callsPerSecond, 1e6 / callsPerSecond, eventsAt(5), eventsAt(60)].map(Math.round);
}
