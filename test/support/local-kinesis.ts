import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  DescribeStreamCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
} from '@aws-sdk/client-kinesis';
import kinesalite from 'kinesalite';
import { makeKinesisClient } from '../../adapters/aws/clients.js';
import { useLocalAws } from './local-aws-environment.js';
import { listenLocally, type LocalServer } from './local-server.js';

export const startKinesis = (): Promise<LocalServer> =>
  listenLocally(kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1_000 }));

/** The client that the Lambdas use, pointed at a local engine. */
export function kinesisClientAt(url: string): KinesisClient {
  useLocalAws({ AWS_ENDPOINT_URL_KINESIS: url });
  return makeKinesisClient();
}

export async function createStream(client: KinesisClient, name: string, shardCount: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shardCount }));
  for (;;) {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: name }));
    if (StreamDescription?.StreamStatus === 'ACTIVE') return;
  }
}

export interface ShardRecords {
  readonly shardId: string;
  readonly records: readonly KinesisRecord[];
}

/** Everything in a stream, shard by shard, each in order. */
export async function readStream(client: KinesisClient, name: string): Promise<ShardRecords[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: name }));
  return Promise.all(
    Shards.map(async ({ ShardId: shardId = '' }) => {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({
          StreamName: name,
          ShardId: shardId,
          ShardIteratorType: 'TRIM_HORIZON',
        }),
      );
      const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
      return { shardId, records: Records };
    }),
  );
}
