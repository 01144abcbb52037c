import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { processTimer } from '../../adapters/aws/timer.js';
import { WritePacer } from '../../adapters/aws/write-pacer.js';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.js';
import { createTables, dynamoDbClientAt, startDynamoDb, type TableNames } from './local-dynamodb.js';

export interface DynamoDbFixture {
  readonly client: DynamoDBClient;
  /** Between the client and the engine. Passes everything at the start of each test. */
  readonly proxy: FaultyProxy;
  /** Fresh for each test. */
  readonly tables: TableNames;
  readonly pacer: WritePacer;
}

/** A DynamoDB engine for the test file, fresh tables for each test. To be called at the file's top level. */
export function useDynamoDb(): DynamoDbFixture {
  const fixture = {} as { -readonly [Part in keyof DynamoDbFixture]: DynamoDbFixture[Part] };
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const engine = await startDynamoDb();
    fixture.proxy = await startFaultyProxy(engine.url);
    fixture.client = dynamoDbClientAt(fixture.proxy.url);
    stop = async () => {
      fixture.client.destroy();
      await fixture.proxy.close();
      await engine.close();
    };
  });
  beforeEach(async () => {
    fixture.proxy.fateOf = () => 'pass';
    fixture.tables = await createTables(fixture.client);
    fixture.pacer = new WritePacer({ timer: processTimer, windowMs: 5_000 });
    fixture.proxy.calls.length = 0;
  });
  afterAll(() => stop());
  return fixture;
}
