import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_TYPE } from '../load.js';
import { shareOut, type Peer } from './peer.js';

const CONNECTIONS = 4;
const POLL_MS = 50;
const VERSIONS = '/usr/lib/postgresql';
/** The server refuses to run as root: then it runs as the user that its package makes. */
const USER = 'postgres';

function userOptions(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, USER]).toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

const TABLES = `CREATE TABLE seen (id text PRIMARY KEY);
CREATE TABLE counts (counter text, minute int, events bigint, PRIMARY KEY (counter, minute));`;

/** One statement a batch: ids that are new increment their counters. In order of counters, so that batches do not deadlock. */
const STATEMENT = `WITH sent AS (SELECT * FROM unnest($1::text[], $2::text[]) AS s(id, counter)),
fresh AS (INSERT INTO seen SELECT id FROM sent ORDER BY id ON CONFLICT DO NOTHING RETURNING id),
counted AS (SELECT counter FROM fresh JOIN sent USING (id) UNION ALL SELECT '${LOAD_TYPE}' FROM fresh)
INSERT INTO counts SELECT counter, $3::int, count(*) FROM counted GROUP BY counter ORDER BY counter
ON CONFLICT (counter, minute) DO UPDATE SET events = counts.events + excluded.events`;

const TOTALS = `SELECT coalesce(sum(events) FILTER (WHERE counter <> '${LOAD_TYPE}'), 0) || ' ' ||
coalesce(sum(events) FILTER (WHERE counter = '${LOAD_TYPE}'), 0) FROM counts`;

const programs = (): string | undefined =>
  existsSync(VERSIONS) ? join(VERSIONS, readdirSync(VERSIONS).at(-1) ?? '', 'bin') : undefined;

export const POSTGRES: Peer = {
  name: 'PostgreSQL',
  setting: `one prepared statement a batch, synchronous_commit=on, ${CONNECTIONS} connections`,
  isInstalled: () => programs() !== undefined,
  start: async (directory) => {
    const bin = programs() ?? '';
    const data = join(directory, 'data');
    mkdirSync(data);
    chmodSync(directory, 0o755);
    const as = userOptions();
    if (as.uid !== undefined) for (const path of [directory, data]) chownSync(path, as.uid, as.gid ?? as.uid);
    const options = { stdio: 'ignore', cwd: directory, ...as } as const;
    execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8'], options);
    const settings = [
      'listen_addresses=',
      'synchronous_commit=on',
      'shared_buffers=256MB',
      'max_wal_size=4GB',
    ];
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-k', directory, ...settings.flatMap((setting) => ['-c', setting])],
      options,
    );
    process.once('exit', () => server.kill('SIGINT'));
    const clients: PostgresClient[] = [];
    for (let index = 0; index < CONNECTIONS; index++) {
      clients.push(await PostgresClient.open(join(directory, '.s.PGSQL.5432')));
      if (index === 0) await clients[0]?.query(TABLES);
    }
    for (const client of clients) await client.prepare(STATEMENT);
    return {
      countAll: (batches) =>
        shareOut(clients, batches, (client, { ids, counters, minute }) =>
          client.execute([`{${ids.join(',')}}`, `{${counters.join(',')}}`, String(minute)]),
        ),
      totals: async () => {
        const [totals = ''] = (await clients[0]?.query(TOTALS)) ?? [];
        const [bySubject, byType] = totals.split(' ').map(Number);
        return [bySubject ?? 0, byType ?? 0];
      },
      stop: async () => {
        for (const client of clients) client.close();
        const exited = once(server, 'exit');
        server.kill('SIGINT');
        await exited;
      },
    };
  },
};

/** As much of PostgreSQL's protocol (version 3) as it takes: startup without a password, a query, a prepared statement. */
class PostgresClient {
  #received = Buffer.alloc(0);
  #values: string[] = [];
  #settle: (error?: Error) => void = () => undefined;
  #failure: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => {
      this.#receive(data);
    });
  }

  public static async open(path: string): Promise<PostgresClient> {
    for (let attempt = 0; ; attempt++) {
      const socket = connect(path);
      try {
        await once(socket, 'connect');
        const client = new PostgresClient(socket);
        const version = Buffer.from([0, 3, 0, 0]);
        await client.#roundTrip(
          framed('', version, text('user'), text(USER), text('database'), text(USER), Buffer.alloc(1)),
        );
        return client;
      } catch (error) {
        socket.destroy();
        if (attempt === 200) throw error;
        await sleep(POLL_MS);
      }
    }
  }

  public query(sql: string): Promise<string[]> {
    return this.#roundTrip(framed('Q', text(sql)));
  }

  public async prepare(sql: string): Promise<void> {
    await this.#roundTrip(framed('P', text('s'), text(sql), int16(0)), SYNC);
  }

  public async execute(parameters: readonly string[]): Promise<void> {
    const values = parameters.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
    const bind = framed('B', text(''), text('s'), int16(0), int16(parameters.length), ...values, int16(0));
    await this.#roundTrip(bind, framed('E', text(''), int32(0)), SYNC);
  }

  public close(): void {
    this.socket.end(framed('X'));
  }

  #roundTrip(...messages: readonly Buffer[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#values = [];
      this.#failure = undefined;
      this.#settle = (error) => {
        if (error === undefined) resolve(this.#values);
        else reject(error);
      };
      this.socket.write(Buffer.concat(messages));
    });
  }

  #receive(data: Buffer): void {
    let rest = Buffer.concat([this.#received, data]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      this.#take(String.fromCharCode(rest[0] ?? 0), rest.subarray(5, end));
      rest = rest.subarray(end);
    }
    this.#received = rest;
  }

  #take(kind: string, message: Buffer): void {
    if (kind === 'E') this.#failure = new Error(message.toString().replaceAll('\0', ' '));
    // A row: here always of one column that is not null.
    if (kind === 'D') this.#values.push(message.toString('utf8', 6));
    if (kind === 'Z') this.#settle(this.#failure);
    // While it starts up it refuses, and is not ready for anything.
    if (kind === 'E' && message.includes('57P03')) this.#settle(this.#failure);
  }
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function framed(kind: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
}

const SYNC = framed('S');
