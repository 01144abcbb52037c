import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisStream } from '../../../adapters/aws/kinesis-stream.js';
import {
  describeStreamWriterContract,
  type StreamWriterTarget,
} from '../../contract/stream-writer.contract.js';
import { useLocalAws } from '../../support/local-aws-environment.js';
import { createStream, readStream, startKinesis } from '../../support/local-kinesis.js';

const STRIPE_COUNT = 4;
const streamName = 'contract';

async function makeTarget(): Promise<StreamWriterTarget> {
  const engine = await startKinesis();
  useLocalAws({ AWS_ENDPOINT_URL_KINESIS: engine.url });
  // Without the product's short time-outs: the engine shares this process, and 200 requests at once keep it from answering.
  const client = new KinesisClient({ requestHandler: new NodeHttpHandler() });
  await createStream(client, streamName, STRIPE_COUNT);
  return {
    writer: new KinesisStream({ client, streamName, laneCount: 64, stripeCount: STRIPE_COUNT }),
    readBack: async () => {
      const shards = await readStream(client, streamName);
      return shards.flatMap(({ records }) => records.map(({ Data = new Uint8Array() }) => Data));
    },
    dispose: async () => {
      client.destroy();
      await engine.close();
    },
  };
}

describeStreamWriterContract('KinesisStream over kinesalite', makeTarget);
