import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_SUBJECTS, LOAD_TYPE } from '../load.js';
import { isProgram, shareOut, type Peer } from './peer.js';

const CONNECTIONS = 4;
const POLL_MS = 20;

/** As long as Tally knows ids at least: a day and its lateness. Ids that stayed for ever would fill the memory. */
const ID_SECONDS = 3 * 24 * 60 * 60;

/** One atomic script a batch: ids that are new are summed up by counter, and each counter is incremented once. */
const SCRIPT = `local minute = ARGV[1]
local events = 0
local sums = {}
for i = 2, #ARGV, 2 do
  if redis.call('SET', ARGV[i], '', 'NX', 'EX', ${ID_SECONDS}) then
    local counter = ARGV[i + 1]
    sums[counter] = (sums[counter] or 0) + 1
    events = events + 1
  end
end
for counter, sum in pairs(sums) do redis.call('HINCRBY', counter, minute, sum) end
return redis.call('HINCRBY', '${LOAD_TYPE}', minute, events)`;

const SUM_SCRIPT = `local sum = 0
for i = 1, #ARGV do
  for _, events in ipairs(redis.call('HVALS', ARGV[i])) do sum = sum + events end
end
return sum`;

export const REDIS: Peer = {
  name: 'Redis',
  setting: `one Lua script a batch, AOF fsync always, ids expire, ${CONNECTIONS} connections`,
  isInstalled: () => isProgram('redis-server'),
  start: async (directory) => {
    const path = join(directory, 'redis.sock');
    const server = spawn('redis-server', [
      ...['--port', '0', '--unixsocket', path, '--dir', directory],
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
    ]);
    process.once('exit', () => server.kill('SIGKILL'));
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => RedisClient.open(path)));
    const [first] = clients as [RedisClient];
    const sha = await first.send(['SCRIPT', 'LOAD', SCRIPT]);
    return {
      countAll: (batches) =>
        shareOut(clients, batches, async (client, { ids, counters, minute }) => {
          const pairs = ids.flatMap((id, index) => [id, counters[index] ?? '']);
          await client.send(['EVALSHA', sha, '0', String(minute), ...pairs]);
        }),
      totals: async () => {
        const sumOf = async (...counters: string[]): Promise<number> =>
          Number(await first.send(['EVAL', SUM_SCRIPT, '0', ...counters]));
        return [await sumOf(...LOAD_SUBJECTS), await sumOf(LOAD_TYPE)];
      },
      stop: async () => {
        for (const client of clients) client.close();
        const exited = once(server, 'exit');
        server.kill('SIGTERM');
        await exited;
      },
    };
  },
};

/** As much of Redis' protocol as one simple answer at a time takes. */
class RedisClient {
  #received = '';
  #resolve: (answer: string) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => {
      this.#receive(data.toString('latin1'));
    });
  }

  public static async open(path: string): Promise<RedisClient> {
    for (let attempt = 0; ; attempt++) {
      const socket = connect(path);
      try {
        await once(socket, 'connect');
        return new RedisClient(socket);
      } catch (error) {
        if (attempt === 250) throw error;
        await sleep(POLL_MS);
      }
    }
  }

  public send(words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
      this.socket.write(
        `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
      );
    });
  }

  public close(): void {
    this.socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const lines = this.#received.split('\r\n');
    const isBulk = this.#received.startsWith('$');
    if (lines.length < (isBulk ? 3 : 2)) return;
    this.#received = '';
    const [head = '', body = ''] = lines;
    if (head.startsWith('-')) this.#reject(new Error(head));
    else this.#resolve(isBulk ? body : head.slice(1));
  }
}
