/** The whole stack on a laptop: the deployed bundles, each in its own process, over local engines with a faulty network between. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type {
  APIGatewayProxyStructuredResultV2,
  APIGatewaySimpleAuthorizerWithContextResult,
  KinesisStreamBatchResponse,
} from 'aws-lambda';
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { DynamoDbIngestGate } from '../../adapters/aws/dynamodb-ingest-gate.js';
import { DynamoDbKeys } from '../../adapters/aws/dynamodb-keys.js';
import { ENV } from '../../core/env-names.js';
import { KEY_ID_BYTES, KEY_SECRET_BYTES, makeKey, type KeyRecord } from '../../core/keys.js';
import type { LambdaName } from '../../lib/bundling.js';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.js';
import { createTables, dynamoDbClientAt, startDynamoDb, type TableNames } from '../support/local-dynamodb.js';
import {
  createStream,
  kinesisClientAt,
  readStream,
  startKinesis,
  type ShardRecords,
} from '../support/local-kinesis.js';
import { startS3, type LocalS3 } from '../support/local-s3.js';
import { bundleLambdas, type Bundle } from './bundle.js';
import {
  authorizerEvent,
  httpApiEvent,
  httpReplyOf,
  type HttpReply,
  type HttpRequest,
} from './http-api-event.js';
import { kinesisEvent } from './kinesis-event.js';
import { Sandbox } from './sandbox.js';

const STREAM = 'tally';
export const ARCHIVE_BUCKET = 'archive';
const DAY_MS = 86_400_000;

export interface StackConfig {
  readonly lanes: number;
  readonly stripes: number;
}

/** Where a route's requests go. */
const lambdaOf = (request: HttpRequest): LambdaName =>
  request.routeKey === 'POST /v1/events' ? 'ingest' : 'query';

export class LocalStack {
  public readonly dynamoDb: FaultyProxy;
  public readonly kinesis: FaultyProxy;
  public readonly firehose: FaultyProxy;
  public readonly s3: LocalS3;
  readonly #sandboxes = new Set<Sandbox>();
  #serving: Partial<Record<LambdaName, Sandbox>> = {};

  private constructor(
    private readonly bundles: Record<LambdaName, Bundle>,
    private readonly tables: TableNames,
    private readonly clients: { dynamoDb: DynamoDBClient; kinesis: KinesisClient },
    engines: { dynamoDb: FaultyProxy; kinesis: FaultyProxy; firehose: FaultyProxy; s3: LocalS3 },
    private readonly stopEngines: () => Promise<void>,
    public config: StackConfig,
  ) {
    this.dynamoDb = engines.dynamoDb;
    this.kinesis = engines.kinesis;
    this.firehose = engines.firehose;
    this.s3 = engines.s3;
  }

  /** A stack whose archive delivers already, unless said otherwise. */
  public static async start(
    folder: string,
    config: StackConfig,
    { isOpen }: { isOpen: boolean } = { isOpen: true },
  ): Promise<LocalStack> {
    const engines = { dynamoDb: await startDynamoDb(), kinesis: await startKinesis() };
    const proxies = {
      dynamoDb: await startFaultyProxy(engines.dynamoDb.url),
      kinesis: await startFaultyProxy(engines.kinesis.url),
      firehose: await startFaultyProxy('http://127.0.0.1:9'),
    };
    proxies.firehose.fateOf = ({ body }) => ({
      status: 200,
      answer: {
        RequestResponses: (body['Records'] as unknown[]).map((_, index) => ({ RecordId: `r${index}` })),
      },
    });
    // The test's own calls go to the engines directly: faults are for the Lambdas.
    const clients = {
      dynamoDb: dynamoDbClientAt(engines.dynamoDb.url),
      kinesis: kinesisClientAt(engines.kinesis.url),
    };
    const tables = await createTables(clients.dynamoDb);
    await createStream(clients.kinesis, STREAM, config.stripes);
    const s3 = await startS3();
    const stopEngines = async (): Promise<void> => {
      for (const client of Object.values(clients)) client.destroy();
      for (const server of [...Object.values(proxies), ...Object.values(engines), s3]) await server.close();
    };
    const bundles = await bundleLambdas(folder);
    const stack = new LocalStack(bundles, tables, clients, { ...proxies, s3 }, stopEngines, config);
    if (isOpen) await stack.openIngest();
    return stack;
  }

  public async stop(): Promise<void> {
    await Promise.all([...this.#sandboxes].map((sandbox) => sandbox.kill()));
    await this.stopEngines();
  }

  /** As `tally keys create` makes one. */
  public async createKey(about: Pick<KeyRecord, 'scopes' | 'sourcePattern'>): Promise<string> {
    const random = { id: randomBytes(KEY_ID_BYTES), secret: randomBytes(KEY_SECRET_BYTES) };
    const { token, record } = makeKey(random, { ...about, createdAtMs: Date.now() });
    await new DynamoDbKeys({ client: this.clients.dynamoDb, tableName: this.tables.keys }).create(record);
    return token;
  }

  /** As the heartbeat does, once the archive delivers. */
  public async openIngest(): Promise<void> {
    const gate = new DynamoDbIngestGate({ client: this.clients.dynamoDb, tableName: this.tables.days });
    await gate.open(Date.now());
  }

  /** What the schedule does each minute. */
  public async beat(): Promise<void> {
    await (await this.#sandbox('heartbeat')).invoke({});
  }

  /** Change the configuration, as a deployment does: the next invocations run in new sandboxes. */
  public deploy(config: Partial<StackConfig>): void {
    this.config = { ...this.config, ...config };
    this.#serving = {};
  }

  /** A sandbox of its own, beside those that serve. */
  public async startSandbox(name: LambdaName): Promise<Sandbox> {
    const sandbox = await Sandbox.start(this.bundles[name].path, this.#environment());
    this.#sandboxes.add(sandbox);
    return sandbox;
  }

  /** A request's whole way: the authorizer, then the Lambda of its route, or API Gateway's own refusal. */
  public async request(request: HttpRequest): Promise<HttpReply> {
    const isOpen = request.routeKey === 'GET /v1/health';
    const context = isOpen ? undefined : await this.#authorize(request);
    if (context === null) return { status: 403, headers: {}, json: {} };
    const sandbox = await this.#sandbox(lambdaOf(request));
    return httpReplyOf(
      await sandbox.invoke<APIGatewayProxyStructuredResultV2>(httpApiEvent(request, context)),
    );
  }

  public async count(
    shardId: string,
    records: ShardRecords['records'],
    options: { sandbox?: Sandbox; remainingMs?: number } = {},
  ): Promise<KinesisStreamBatchResponse> {
    const sandbox = options.sandbox ?? (await this.#sandbox('count'));
    return sandbox.invoke(kinesisEvent(shardId, records), options.remainingMs);
  }

  public readStream(): Promise<ShardRecords[]> {
    return readStream(this.clients.kinesis, STREAM);
  }

  /** The lines that came to a Firehose by direct put. */
  public linesPutTo(deliveryStream: 'receipts' | 'rejected'): Record<string, unknown>[] {
    return this.firehose.calls
      .filter(({ body }) => body['DeliveryStreamName'] === deliveryStream)
      .flatMap(({ body }) => body['Records'] as { Data: string }[])
      .flatMap(({ Data }) => gunzipSync(Buffer.from(Data, 'base64')).toString().trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  public get streamClient(): { readonly client: KinesisClient; readonly name: string } {
    return { client: this.clients.kinesis, name: STREAM };
  }

  /** What the audit, or an operator, works on: without the Lambdas, and without faults. */
  public get store(): { readonly client: DynamoDBClient; readonly tables: TableNames } {
    return { client: this.clients.dynamoDb, tables: this.tables };
  }

  /** All that any Lambda has logged. */
  public logs(): string {
    return [...this.#sandboxes].map(({ log }) => log).join('\n');
  }

  async #authorize(request: HttpRequest): Promise<object | null> {
    const sandbox = await this.#sandbox('authorize');
    const answer = await sandbox.invoke<APIGatewaySimpleAuthorizerWithContextResult<object>>(
      authorizerEvent(request),
    );
    return answer.isAuthorized ? answer.context : null;
  }

  async #sandbox(name: LambdaName): Promise<Sandbox> {
    return (this.#serving[name] ??= await this.startSandbox(name));
  }

  #environment(): Record<string, string> {
    return {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_LAMBDA_FUNCTION_NAME: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: this.dynamoDb.url,
      AWS_ENDPOINT_URL_KINESIS: this.kinesis.url,
      AWS_ENDPOINT_URL_FIREHOSE: this.firehose.url,
      AWS_ENDPOINT_URL_S3: this.s3.url,
      [ENV.journalTable]: this.tables.journal,
      [ENV.countersTable]: this.tables.counters,
      [ENV.totalsTable]: this.tables.totals,
      [ENV.daysTable]: this.tables.days,
      [ENV.catalogTable]: this.tables.catalog,
      [ENV.keysTable]: this.tables.keys,
      [ENV.stream]: STREAM,
      [ENV.receiptsStream]: 'receipts',
      [ENV.rejectedStream]: 'rejected',
      [ENV.archiveBucket]: ARCHIVE_BUCKET,
      [ENV.laneCount]: String(this.config.lanes),
      [ENV.stripeCount]: String(this.config.stripes),
      [ENV.latenessMs]: String(2 * DAY_MS),
      [ENV.streamRetentionMs]: String(7 * DAY_MS),
      [ENV.freshnessMs]: '5000',
      [ENV.deployment]: 'local',
    };
  }
}
