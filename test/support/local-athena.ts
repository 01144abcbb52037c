/**
 * Athena as far as Tally uses it: StartQueryExecution with its token, GetQueryExecution, GetQueryResults in short pages and
 * StopQueryExecution. In this process, over the files of the local S3; results are left there as Athena leaves them.
 */
import type { AthenaClient } from '@aws-sdk/client-athena';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { dirname, join } from 'node:path';
import { makeAthenaClient } from '../../adapters/aws/athena-client.js';
import { useLocalAws } from './local-aws-environment.js';
import { runQuery, type EngineOptions, type EngineResult } from './local-athena-engine.js';
import { listenLocally, type LocalServer } from './local-server.js';

export const LOCAL_WORK_GROUP = 'local';

/** Short, so that whoever reads but one page is found out. */
const PAGE_COUNT = 3;

/** fail: ends as FAILED. empty: succeeds without a row. hold: goes on until it is stopped. */
export type Fault = 'fail' | 'empty' | 'hold';

export interface LocalAthena extends LocalServer {
  /** The client that the product uses, pointed here. */
  readonly client: AthenaClient;
  /** What was started, in order. */
  readonly texts: readonly string[];
  /** In the same order: what became of it. */
  states(): string[];
  /** What becomes of queries whose text holds this, from now on; `null`: they run. */
  setFault(part: string, fault: Fault | null): void;
  /** Resolves when nothing runs any more that is not held. */
  idle(): Promise<void>;
}

export async function startAthena(options: EngineOptions): Promise<LocalAthena> {
  const athena = new Athena(options);
  const server = createServer((request, response) => {
    const action = String(request.headers['x-amz-target']).replace('AmazonAthena.', '');
    void readText(request).then((body) => {
      const { status, answer } = athena.answer(action, JSON.parse(body) as Input);
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answer));
    });
  });
  const local = await listenLocally(server);
  useLocalAws({ AWS_ENDPOINT_URL_ATHENA: local.url });
  const client = makeAthenaClient();
  return {
    url: local.url,
    client,
    texts: athena.texts,
    states: () => athena.states(),
    setFault: (part, fault) => void athena.faults.set(part, fault),
    idle: () => athena.idle(),
    close: async () => {
      client.destroy();
      await athena.idle();
      await local.close();
    },
  };
}

interface Input {
  readonly QueryString?: string;
  readonly WorkGroup?: string;
  readonly ClientRequestToken?: string;
  readonly QueryExecutionId?: string;
  readonly NextToken?: string;
}

interface Execution {
  readonly id: string;
  readonly sql: string;
  readonly input: string;
  state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason?: string;
  result?: EngineResult;
  running: Promise<void>;
}

class InvalidRequest extends Error {}

class Athena {
  public readonly texts: string[] = [];
  public readonly faults = new Map<string, Fault | null>();
  readonly #executions = new Map<string, Execution>();
  readonly #idByToken = new Map<string, string>();

  public constructor(private readonly options: EngineOptions) {}

  public states = (): string[] => [...this.#executions.values()].map(({ state }) => state);

  public async idle(): Promise<void> {
    await Promise.all([...this.#executions.values()].map(({ running }) => running));
  }

  public answer(action: string, input: Input): { status: number; answer: unknown } {
    try {
      return { status: 200, answer: this.#actions[action]?.(input) ?? this.#refuse(`no action ${action}`) };
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      return { status: 400, answer: { __type: 'InvalidRequestException', message: error.message } };
    }
  }

  readonly #actions: Readonly<Record<string, (input: Input) => unknown>> = {
    StartQueryExecution: (input) => ({ QueryExecutionId: this.#start(input).id }),
    GetQueryExecution: (input) => ({ QueryExecution: this.#describe(this.#find(input)) }),
    GetQueryResults: (input) => this.#page(this.#find(input), Number(input.NextToken ?? 0)),
    StopQueryExecution: (input) => this.#stop(this.#find(input)),
  };

  #refuse(message: string): never {
    throw new InvalidRequest(message);
  }

  #find({ QueryExecutionId: id = '' }: Input): Execution {
    return this.#executions.get(id) ?? this.#refuse(`QueryExecution ${id} was not found`);
  }

  #start(input: Input): Execution {
    const { QueryString: sql = '', WorkGroup: workGroup, ClientRequestToken: token = '' } = input;
    if (workGroup !== LOCAL_WORK_GROUP) this.#refuse(`WorkGroup ${workGroup} is not found.`);
    const before = this.#executions.get(this.#idByToken.get(token) ?? '');
    if (before?.input === JSON.stringify(input)) return before;
    if (before !== undefined) this.#refuse('Idempotent parameters do not match');
    const id = `execution-${this.#executions.size + 1}`;
    const running = Promise.resolve();
    const execution: Execution = { id, sql, input: JSON.stringify(input), state: 'QUEUED', running };
    this.#executions.set(id, execution);
    this.#idByToken.set(token, id);
    this.texts.push(sql);
    const [, fault] = [...this.faults].find(([part]) => sql.includes(part)) ?? [];
    if (fault !== 'hold') execution.running = this.#run(execution, fault ?? null);
    else execution.state = 'RUNNING';
    return execution;
  }

  async #run(execution: Execution, fault: Fault | null): Promise<void> {
    execution.state = 'RUNNING';
    try {
      if (fault === 'fail') throw new Error('GENERIC_INTERNAL_ERROR: told to fail');
      const result = await runQuery(execution.sql, this.options);
      execution.result = fault === 'empty' ? { ...result, rows: [] } : result;
      this.#leave(execution.id, execution.result);
      if (execution.state === 'RUNNING') execution.state = 'SUCCEEDED';
    } catch (error) {
      execution.state = 'FAILED';
      execution.reason = error instanceof Error ? error.message : String(error);
    }
  }

  #key = (id: string): string => `${this.options.buckets.queryResults}/athena/${id}.csv`;

  /** Each field in quotes, quotes within doubled, nothing at all for null. */
  #leave(id: string, { columns, rows }: EngineResult): void {
    const field = (value: string | null): string =>
      value === null ? '' : `"${value.replaceAll('"', '""')}"`;
    const lines = [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(field).join(',')}\n`);
    const file = join(this.options.directory, this.#key(id));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lines.join(''));
  }

  #describe({ id, sql, state, reason }: Execution): unknown {
    return {
      QueryExecutionId: id,
      Query: sql,
      WorkGroup: LOCAL_WORK_GROUP,
      StatementType: 'DML',
      Statistics: { DataScannedInBytes: 1_234_567 },
      Status: { State: state, ...(reason !== undefined && { StateChangeReason: reason }) },
      ResultConfiguration: { OutputLocation: `s3://${this.#key(id)}` },
    };
  }

  /** The column names stand in the first row of all. */
  #page({ result, state }: Execution, from: number): unknown {
    if (result === undefined || state !== 'SUCCEEDED')
      return this.#refuse(`Query did not finish successfully. Final query state: ${state}`);
    const all = [result.columns.map(({ name }) => name), ...result.rows];
    const next = from + PAGE_COUNT;
    return {
      ResultSet: {
        Rows: all
          .slice(from, next)
          .map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
        ResultSetMetadata: {
          ColumnInfo: result.columns.map(({ name, type }) => ({ Name: name, Type: type })),
        },
      },
      ...(next < all.length && { NextToken: String(next) }),
    };
  }

  #stop(execution: Execution): unknown {
    if (execution.state === 'QUEUED' || execution.state === 'RUNNING') execution.state = 'CANCELLED';
    return {};
  }
}
