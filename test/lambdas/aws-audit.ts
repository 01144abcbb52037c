/**
 * The audit on AWS, on a laptop: the state machine of the synthesised stack, the functions' own handlers, DynamoDB, Kinesis, S3 and
 * Athena in this process. Its events come by ingest and counting as they are deployed, stepped by hand.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDbCatalog } from '../../adapters/aws/dynamodb-catalog.js';
import { DynamoDbCounterReader } from '../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbDays } from '../../adapters/aws/dynamodb-days.js';
import { DynamoDbJournal } from '../../adapters/aws/dynamodb-journal.js';
import { DynamoDbLedger } from '../../adapters/aws/dynamodb-ledger.js';
import { DynamoDbMarkers } from '../../adapters/aws/dynamodb-markers.js';
import { DynamoDbSettings } from '../../adapters/aws/dynamodb-settings.js';
import { DynamoDbTotals } from '../../adapters/aws/dynamodb-totals.js';
import { KinesisStream } from '../../adapters/aws/kinesis-stream.js';
import { S3AuditFiles } from '../../adapters/aws/s3-audit-files.js';
import { makeS3Client } from '../../adapters/aws/s3-client.js';
import { processTimer } from '../../adapters/aws/timer.js';
import { WritePacer } from '../../adapters/aws/write-pacer.js';
import { awaitEnd, failureOf, startQuery } from '../../adapters/aws/athena-executions.js';
import { archiveFolder } from '../../core/archive-folder.js';
import { formatReceipt, type ReceiptLine } from '../../core/audit/receipt.js';
import { EVIDENCE_PREFIX } from '../../core/audit/run.js';
import type { DayReport } from '../../core/audit/report.js';
import { verifyChain, type VerifyReport } from '../../core/audit/verify.js';
import { Counting } from '../../core/count/count.js';
import { ENV } from '../../core/env-names.js';
import { makeIngest, type IngestOutcome } from '../../core/ingest.js';
import { parseCounterQuery, type QueryParameters } from '../../core/query/counter-query.js';
import { queryCounter, type CounterAnswer } from '../../core/query/query-counter.js';
import { agreeOnSettings, type Settings } from '../../core/settings.js';
import { DAY_MS, HOUR_MS } from '../../core/time.js';
import type { StepHandler } from '../../lambdas/audit-steps/step-handler.js';
import type { Substitution } from '../../lib/audit-definition.js';
import type { LambdaName } from '../../lib/bundling.js';
import type { EventOf } from '../audit/audit-engine.js';
import { resourceOf, synthesise } from '../lib/synthesised.js';
import { LOCAL_WORK_GROUP, startAthena, type LocalAthena } from '../support/local-athena.js';
import { useLocalAws } from '../support/local-aws-environment.js';
import { createTables, dynamoDbClientAt, startDynamoDb, type TableNames } from '../support/local-dynamodb.js';
import { createStream, kinesisClientAt, readStream, startKinesis } from '../support/local-kinesis.js';
import { startS3, type LocalS3 } from '../support/local-s3.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import { execute, type Definition, type Json } from './local-state-machine.js';

const LANES = 4;
const STRIPES = 2;
const LATENESS_MS = 2 * HOUR_MS;
const RETENTION_MS = 7 * DAY_MS;
const STREAM = 'tally';
const DATABASE = 'tally';
const ARCHIVE = 'archive';
const QUERY_RESULTS = 'query-results';

/** What the stack would deploy. */
export const DEFINITION = deployed(
  resourceOf(synthesise(), 'AWS::StepFunctions::StateMachine', 'AuditStateMachine').Properties[
    'DefinitionString'
  ] as string,
);

/** A definition with what only a deployment knows. */
function deployed(definition: string): Definition {
  const arnOf = (name: LambdaName): string => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`;
  const values: Record<Substitution, string> = {
    AuditFunction: arnOf('audit'),
    SnapshotFunction: arnOf('audit-snapshot'),
    SealFunction: arnOf('audit-seal'),
    Partition: 'aws',
    Database: DATABASE,
    WorkGroup: LOCAL_WORK_GROUP,
  };
  const text = definition.replaceAll(/\$\{(\w+)\}/g, (_, name: Substitution) => values[name]);
  return JSON.parse(text) as Definition;
}

type Handlers = Readonly<Record<'audit' | 'audit-snapshot' | 'audit-seal', StepHandler>>;

/** Comes before a task, or around it: `next` does it. */
export type Around = (name: string, next: () => Promise<unknown>) => Promise<unknown>;

interface Engines {
  readonly dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
  readonly kinesis: Awaited<ReturnType<typeof startKinesis>>;
  readonly s3: LocalS3;
  readonly athena: LocalAthena;
}

export class AwsAudit {
  readonly #ports;
  readonly #ingest;
  readonly #counting: Counting;
  #chunkCount = 0;
  #archivedCount = 0;
  /** What the functions have logged, line by line. */
  public readonly log: string[] = [];
  readonly #positions = { count: new Map<string, bigint>(), archive: new Map<string, bigint>() };

  private constructor(
    public readonly directory: string,
    public readonly engines: Engines,
    private readonly clients: ReturnType<typeof clientsOf>,
    public readonly tables: TableNames,
    private readonly settings: Settings,
    private readonly handlers: Handlers,
  ) {
    const { dynamoDb: client, kinesis } = clients;
    const clock = { nowMs: () => Date.now() };
    const pacer = new WritePacer({ timer: processTimer, windowMs: 1_000 });
    const days = new DynamoDbDays({ client, tableName: tables.days });
    const metrics = { add: () => undefined };
    this.#ports = {
      clock,
      days,
      metrics,
      journals: new DynamoDbJournal({ client, tableName: tables.journal, pacer }),
      shards: new DynamoDbCounterShards({ client, tableName: tables.counters, pacer }),
      counters: new DynamoDbCounterReader({ client, tableName: tables.counters, clock }),
      totals: new DynamoDbTotals({ client, tableName: tables.totals }),
      ledger: new DynamoDbLedger({ client, tableName: tables.days }),
      markers: new DynamoDbMarkers({ client, tableName: tables.days }),
      catalog: new DynamoDbCatalog({ client, tableName: tables.catalog }),
      rejected: { put: () => Promise.resolve() },
    };
    this.#ingest = makeIngest({
      ...{ clock, days, metrics, settings },
      stream: new KinesisStream({
        client: kinesis,
        streamName: STREAM,
        laneCount: LANES,
        stripeCount: STRIPES,
      }),
      receipts: { put: async (lines) => this.putReceipt(lines) },
      makeChunkId: () => `chunk-${++this.#chunkCount}`,
      stripeCount: STRIPES,
    });
    this.#counting = new Counting(this.#ports, {
      settings,
      streamRetentionMs: RETENTION_MS,
      journalConcurrency: 4,
      commitEventCountMax: 10_000,
      cacheBytesMax: 1_000_000,
    });
  }

  public static async start(): Promise<AwsAudit> {
    const directory = await makeTemporaryDirectory();
    const s3 = await startS3({ directory });
    useLocalAws({ AWS_ENDPOINT_URL_S3: s3.url });
    const buckets = { archive: ARCHIVE, queryResults: QUERY_RESULTS };
    const engines = {
      s3,
      athena: await startAthena({ directory, database: DATABASE, buckets }),
      dynamoDb: await startDynamoDb(),
      kinesis: await startKinesis(),
    };
    const clients = clientsOf(engines);
    const tables = await createTables(clients.dynamoDb);
    await createStream(clients.kinesis, STREAM, STRIPES);
    const settings = await agreeOnSettings(
      new DynamoDbSettings({ client: clients.dynamoDb, tableName: tables.days }),
      { laneCount: LANES, latenessMs: LATENESS_MS },
      { nowMs: () => Date.now() },
    );
    const aws = new AwsAudit(directory, engines, clients, tables, settings, await loadHandlers(tables));
    // Powertools writes to the streams themselves, as Lambda wants it.
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        aws.log.push(String(text).trimEnd());
        return true;
      });
    return aws;
  }

  public async dispose(): Promise<void> {
    const { dynamoDb, kinesis, s3 } = this.clients;
    for (const client of [dynamoDb, kinesis, s3]) client.destroy();
    const { engines } = this;
    for (const server of [engines.athena, engines.dynamoDb, engines.kinesis, engines.s3])
      await server.close();
    await removeDirectory(this.directory);
    jest.restoreAllMocks();
  }

  /** All values that a metric was given. */
  public metric(name: string): number[] {
    const lines = this.log.filter((line) => line.includes('"_aws"'));
    return lines.flatMap((line) => (JSON.parse(line) as Record<string, number>)[name] ?? []);
  }

  public send(events: readonly EventOf[]): Promise<IngestOutcome> {
    return this.#ingest(
      events.map(({ value, ...event }) => ({
        candidate: {
          ...{ specversion: '1.0', source: 'test', type: 'used', data: { value: value ?? 1 } },
          ...event,
        },
      })),
    );
  }

  /** Bring both readers of the stream to its end. */
  public async pump(): Promise<void> {
    await this.count();
    await this.archive();
  }

  public async count(): Promise<void> {
    for (const chunk of await this.#readOn('count')) await this.#counting.count([chunk]);
  }

  /** Passes the chunks by, as a reader that lost them would. */
  public async skipCounting(): Promise<void> {
    await this.#readOn('count');
  }

  /** As Firehose does: records one after the other, as they are, in a file of the hour of arrival. */
  public async archive(): Promise<void> {
    const chunks = await this.#readOn('archive');
    if (chunks.length === 0) return;
    const name = String(++this.#archivedCount).padStart(6, '0');
    const path = `${ARCHIVE}/${archiveFolder(Date.now())}${name}.ndjson.gz`;
    this.engines.s3.objects.set(path, Buffer.concat(chunks.map(({ bytes }) => bytes)));
  }

  /** Files of a folder of the archive, oldest first. */
  public archived(folder: 'events' | 'receipts'): string[] {
    return this.engines.s3.objects
      .keys()
      .filter((path) => path.startsWith(`${ARCHIVE}/${folder}/`))
      .sort();
  }

  public remove(path: string): void {
    rmSync(join(this.directory, path));
  }

  public read(path: string): Buffer {
    return readFileSync(join(this.directory, path));
  }

  public write(path: string, bytes: Uint8Array): void {
    this.engines.s3.objects.set(path, bytes);
  }

  /** Start an execution and wait for its end. */
  public execute(input: Json = {}, around: Around = (_, next) => next()): Promise<Json> {
    return execute(DEFINITION, input, (name, resource, given) =>
      around(name, () => this.#doTask(resource, given)),
    );
  }

  /** What the newest run of a day has found. */
  public async report(day: string): Promise<DayReport | null> {
    const [state] = await this.#ports.ledger.listDays({ fromDay: day, toDay: day });
    return state?.report ?? null;
  }

  public sealedThrough(): Promise<string | null> {
    return this.#ports.ledger.sealedThrough();
  }

  public verify(): Promise<VerifyReport> {
    const files = new S3AuditFiles({
      client: this.clients.s3,
      bucketName: ARCHIVE,
      prefix: EVIDENCE_PREFIX,
    });
    return verifyChain(files, this.#ports);
  }

  public query(type: string, parameters: QueryParameters = {}): Promise<CounterAnswer> {
    return queryCounter(
      {
        ...this.#ports,
        freshness: { countedThroughMs: async () => Date.now() },
        settings: this.settings,
        streamRetentionMs: RETENTION_MS,
      },
      parseCounterQuery(type, parameters),
    );
  }

  public get dynamoDb() {
    return this.clients.dynamoDb;
  }

  private putReceipt(lines: readonly ReceiptLine[]): void {
    const name = `${ARCHIVE}/receipts/${archiveFolder(Date.now()).replace('events/', '')}${lines[0]?.chunkId}.ndjson`;
    this.engines.s3.objects.set(name, Buffer.from(formatReceipt(lines, 0)));
  }

  /** Every chunk behind the reader's position. */
  async #readOn(reader: 'count' | 'archive'): Promise<{ bytes: Uint8Array }[]> {
    const positions = this.#positions[reader];
    const chunks: { bytes: Uint8Array }[] = [];
    for (const { shardId, records } of await readStream(this.clients.kinesis, STREAM)) {
      // By number, as a reader does: a stream forgets its oldest records.
      for (const { Data, SequenceNumber = '0' } of records) {
        if (BigInt(SequenceNumber) <= (positions.get(shardId) ?? 0n)) continue;
        chunks.push({ bytes: Data ?? new Uint8Array() });
        positions.set(shardId, BigInt(SequenceNumber));
      }
    }
    return chunks;
  }

  #doTask(resource: string, given: Json): Promise<unknown> {
    if (resource.endsWith('athena:startQueryExecution.sync')) return this.#runQuery(given);
    const handler = this.handlers[resource.split(':').at(-1) as keyof Handlers] as StepHandler | undefined;
    if (handler === undefined) throw new Error(`nothing is deployed as ${resource}`);
    return handler(given as Parameters<StepHandler>[0]);
  }

  /** As the integration does: the text within its limit, the execution when it has ended, or its failure. */
  async #runQuery({
    QueryString: sql,
    QueryExecutionContext: context,
    WorkGroup: workGroup,
  }: Json): Promise<unknown> {
    const { Database: database } = context as Record<string, string>;
    const query = { sql: String(sql), database: String(database), workGroup: String(workGroup) };
    const id = await startQuery(this.engines.athena.client, query);
    const noPause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const execution = await awaitEnd(this.engines.athena.client, id, noPause);
    const failure = failureOf(execution);
    if (failure !== null) throw Object.assign(new Error(failure), { name: 'States.TaskFailed' });
    return { QueryExecution: { QueryExecutionId: id } };
  }
}

const clientsOf = ({ dynamoDb, kinesis }: Engines) => ({
  dynamoDb: dynamoDbClientAt(dynamoDb.url),
  kinesis: kinesisClientAt(kinesis.url),
  s3: makeS3Client(),
});

/** The functions' own files, as they are loaded at a cold start, with the variables that the stack would set. */
async function loadHandlers(tables: TableNames): Promise<Handlers> {
  Object.assign(process.env, {
    [ENV.journalTable]: tables.journal,
    [ENV.countersTable]: tables.counters,
    [ENV.totalsTable]: tables.totals,
    [ENV.daysTable]: tables.days,
    [ENV.stream]: STREAM,
    [ENV.archiveBucket]: ARCHIVE,
    [ENV.queryResultsBucket]: QUERY_RESULTS,
    [ENV.database]: DATABASE,
    [ENV.laneCount]: String(LANES),
    [ENV.stripeCount]: String(STRIPES),
    [ENV.latenessMs]: String(LATENESS_MS),
    [ENV.streamRetentionMs]: String(RETENTION_MS),
    [ENV.deployment]: 'local',
  });
  const handlers: Partial<Record<keyof Handlers, StepHandler>> = {};
  await jest.isolateModulesAsync(async () => {
    for (const name of ['audit', 'audit-snapshot', 'audit-seal'] as const)
      handlers[name] = ((await import(`../../lambdas/${name}.js`)) as { handler: StepHandler }).handler;
  });
  return handlers as Handlers;
}
