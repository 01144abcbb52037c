/**
 * `TransactWriteItems` for dynalite, which has everything but transactions: a layer over its single writes.
 *
 * A transaction runs alone: every other call waits until it is done. It reads its items, makes each write by itself under its own
 * condition, and if one fails puts back what was there. So nobody ever sees a part of it, which is all that a transaction promises.
 * Two transactions never conflict here, they queue: conflicts are for a proxy to inject.
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { TurnTaking } from './turn-taking.js';

const ACTIONS_MAX = 100;
const BYTES_MAX = 4 * 1024 * 1024;

type Json = Record<string, unknown>;

interface Answer {
  readonly status: number;
  readonly answer: Json;
}

interface Transaction {
  readonly TransactItems: readonly Json[];
  readonly ClientRequestToken?: string;
}

/** Let a dynalite server take transactions, too. */
export function withTransactions(server: Server): Server {
  const [handle] = server.listeners('request') as RequestListener[];
  if (handle === undefined) throw new Error('the engine has no request listener');
  const turns = new TurnTaking();
  const textByToken = new Map<string, string>();
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const isTransaction = request.headers['x-amz-target'] === 'DynamoDB_20120810.TransactWriteItems';
    if (!isTransaction) return void turns.share(() => forward(handle, request, response));
    readText(request)
      .then((text) => turns.alone(() => transactOnce(new Engine(handle, request), textByToken, text)))
      .then(
        ({ status, answer }) => {
          response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
          response.end(JSON.stringify(answer));
        },
        () => response.destroy(),
      );
  });
  return server;
}

/** Resolves when the engine has answered: until then it may write, whether or not the client still waits. */
function forward(handle: RequestListener, request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = response.end.bind(response) as (body?: unknown) => ServerResponse;
    response.end = (body?: unknown) => {
      resolve();
      return end(body);
    };
    handle(request, response);
  });
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

/** A token that comes again with the same request is answered as it was: what a lost answer is repeated with. */
async function transactOnce(engine: Engine, textByToken: Map<string, string>, text: string): Promise<Answer> {
  const { TransactItems: items, ClientRequestToken: token } = JSON.parse(text) as Transaction;
  const before = token === undefined ? undefined : textByToken.get(token);
  if (before === text) return DONE;
  if (before !== undefined) return failure('IdempotentParameterMismatchException', 'the token is of another');
  if (items.length > ACTIONS_MAX || Buffer.byteLength(text) > BYTES_MAX)
    return failure('ValidationException', `a transaction has at most ${ACTIONS_MAX} actions and 4 MB`);
  const answer = await engine.transact(items);
  if (answer === DONE && token !== undefined) textByToken.set(token, text);
  return answer;
}

const DONE: Answer = { status: 200, answer: {} };

const failure = (type: string, message: string, more: Json = {}): Answer => ({
  status: 400,
  answer: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more },
});

type Item = Record<string, Json>;

/** One action of a transaction, as a single write. */
interface Action {
  readonly operation: 'PutItem' | 'UpdateItem' | 'DeleteItem';
  readonly body: Json & { readonly TableName: string };
  readonly key: Item;
  /** The item before the transaction. */
  readonly before: Item | undefined;
  /** True: the write is made only to see whether its condition holds. */
  readonly isCheck: boolean;
  readonly isItemWanted: boolean;
}

const OPERATIONS = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'DeleteItem',
} as const;

/** The engine without its network. */
class Engine {
  readonly #keyNames = new Map<string, readonly string[]>();

  public constructor(
    private readonly handle: RequestListener,
    private readonly request: IncomingMessage,
  ) {}

  public async transact(items: readonly Json[]): Promise<Answer> {
    const actions: Action[] = [];
    for (const item of items) actions.push(await this.#actionOf(item));
    const names = actions.map(({ body, key }) => JSON.stringify([body.TableName, key]));
    if (new Set(names).size < names.length)
      return failure(
        'ValidationException',
        'Transaction request cannot include multiple operations on one item',
      );
    const answers = await Promise.all(actions.map(({ operation, body }) => this.#call(operation, body)));
    const isDone = answers.every(({ status }) => status === 200);
    const written = actions.filter((_, index) => answers[index]?.status === 200);
    await Promise.all(written.filter(({ isCheck }) => isCheck || !isDone).map((a) => this.#putBack(a)));
    return isDone ? DONE : cancelled(actions.map((action, index) => reasonOf(action, answers[index])));
  }

  async #actionOf(item: Json): Promise<Action> {
    const [[kind, given] = ['', {}]] = Object.entries(item) as [string, Json][];
    const operation = OPERATIONS[kind as keyof typeof OPERATIONS];
    const { ReturnValuesOnConditionCheckFailure: returned, ...rest } = given;
    const body = rest as Action['body'];
    const key = await this.#keyOf(body);
    const { answer } = await this.#call('GetItem', {
      TableName: body.TableName,
      Key: key,
      ConsistentRead: true,
    });
    return {
      operation,
      body,
      key,
      before: answer['Item'] as Item | undefined,
      isCheck: kind === 'ConditionCheck',
      isItemWanted: returned === 'ALL_OLD',
    };
  }

  async #keyOf(body: Action['body']): Promise<Item> {
    if (body['Key'] !== undefined) return body['Key'] as Item;
    const item = body['Item'] as Item;
    return Object.fromEntries(
      (await this.#keyNamesOf(body.TableName)).map((name) => [name, item[name] ?? {}]),
    );
  }

  async #keyNamesOf(TableName: string): Promise<readonly string[]> {
    const known = this.#keyNames.get(TableName);
    if (known !== undefined) return known;
    const { answer } = await this.#call('DescribeTable', { TableName });
    const { KeySchema } = answer['Table'] as { KeySchema: { AttributeName: string }[] };
    const names = KeySchema.map(({ AttributeName }) => AttributeName);
    this.#keyNames.set(TableName, names);
    return names;
  }

  async #putBack({ body: { TableName }, key, before }: Action): Promise<void> {
    if (before === undefined) await this.#call('DeleteItem', { TableName, Key: key });
    else await this.#call('PutItem', { TableName, Item: before });
  }

  #call(operation: string, body: Json): Promise<Answer> {
    const request = Object.assign(Readable.from([Buffer.from(JSON.stringify(body))]), {
      method: 'POST',
      url: '/',
      headers: { ...this.request.headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
    });
    return new Promise((resolve) => {
      const response = {
        statusCode: 0,
        setHeader: () => undefined,
        end: (text: string) => resolve({ status: response.statusCode, answer: JSON.parse(text) as Json }),
      };
      this.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
  }
}

interface Reason {
  readonly Code: string;
  readonly Message?: unknown;
  readonly Item?: Item;
}

function reasonOf({ isItemWanted, before }: Action, answer: Answer | undefined): Reason {
  if (answer?.status === 200) return { Code: 'None' };
  const { __type: type, message: Message } = answer?.answer ?? {};
  if (!String(type).endsWith('ConditionalCheckFailedException')) return { Code: 'ValidationError', Message };
  return {
    Code: 'ConditionalCheckFailed',
    Message,
    ...(isItemWanted && before !== undefined && { Item: before }),
  };
}

const cancelled = (reasons: readonly Reason[]): Answer =>
  failure(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
