/** DynamoDB in this process, asked with every call what it would bill. */
import { DynamoDBClient, paginateScan, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { useLocalAws } from '../test/support/local-aws-environment.js';
import { startDynamoDb } from '../test/support/local-dynamodb.js';

/** What the calls of a client consumed since the last reset. */
export class ConsumedUnits {
  public writeUnits = 0;
  public readUnits = 0;
  public calls = 0;
  /** Items and expressions as JSON: what goes over the network. */
  public sentBytes = 0;

  public reset(): void {
    this.writeUnits = this.readUnits = this.calls = this.sentBytes = 0;
  }

  /** Have each call say what it consumed. A condition that fails consumes as much as the write; it says nothing, so it is taken for 1. */
  public measure(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const command = String(context.commandName);
        if (!MEASURED.test(command)) return next(args);
        this.calls++;
        this.sentBytes += JSON.stringify(args.input).length;
        const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' };
        try {
          const result = await next({ ...args, input });
          this.#take(command, result.output);
          return result;
        } catch (error) {
          if ((error as Error).name === 'ConditionalCheckFailedException') this.writeUnits++;
          throw error;
        }
      },
      { step: 'initialize', name: 'measure' },
    );
  }

  #take(command: string, output: object): void {
    const { ConsumedCapacity } = output as { ConsumedCapacity?: { CapacityUnits?: number } };
    const units = ConsumedCapacity?.CapacityUnits;
    if (units === undefined) throw new Error(`${command} did not say what it consumed`);
    if (/^(Put|Update)/.test(command)) this.writeUnits += units;
    else this.readUnits += units;
  }
}

const MEASURED = /^(PutItem|UpdateItem|Query|GetItem)Command$/;

export async function withDynamoDb<Result>(
  use: (client: DynamoDBClient, consumed: ConsumedUnits) => Promise<Result>,
): Promise<Result> {
  const engine = await startDynamoDb();
  useLocalAws({ AWS_ENDPOINT_URL_DYNAMODB: engine.url });
  // The engine shares this process's one thread: the Lambdas' own time limits would only measure that.
  const client = new DynamoDBClient({
    requestHandler: { requestTimeout: 600_000, connectionTimeout: 60_000 },
  });
  const consumed = new ConsumedUnits();
  consumed.measure(client);
  try {
    return await use(client, consumed);
  } finally {
    client.destroy();
    await engine.close();
  }
}

export async function* items(
  client: DynamoDBClient,
  tableName: string,
): AsyncGenerator<Record<string, AttributeValue>> {
  for await (const page of paginateScan({ client }, { TableName: tableName })) yield* page.Items ?? [];
}
