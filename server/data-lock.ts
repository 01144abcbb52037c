/**
 * One server per data directory. A server that was killed is no obstacle to the next.
 *
 * Each server listens on a Unix socket with a fresh name, then writes that name into the data, by a transaction: if
 * another name stands there, it knocks. Who answers is alive, and the newcomer leaves; a dead one's name is
 * replaced, if nobody else replaced it first. A file with a process id would do neither: ids are used again, and two
 * servers that start at once after a crash would both find it stale.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Database, RootDatabase } from 'lmdb';
import { TallyError } from '../core/errors.js';

/** Who owns the data. */
interface Owner {
  readonly socketPath: string;
  readonly processId: number;
}

export interface DataLock {
  release(): Promise<void>;
}

const KEY = 'owner';

/**
 * Become the owner of a data directory.
 *
 * @throws {TallyError} `data_in_use`, naming the owner that is alive.
 */
export async function lockData(environment: RootDatabase, dataDirectory: string): Promise<DataLock> {
  const owners: Database<Owner, string> = environment.openDB('owner', {});
  const self: Owner = { socketPath: freshSocketPath(dataDirectory), processId: process.pid };
  const server = await listenOn(self.socketPath);
  try {
    await takeOver(owners, self, dataDirectory);
  } catch (error) {
    await closeServer(server);
    throw error;
  }
  return {
    release: async () => {
      await environment.transaction(() => {
        if (owners.get(KEY)?.socketPath === self.socketPath) void owners.remove(KEY);
      });
      await closeServer(server);
    },
  };
}

async function takeOver(owners: Database<Owner, string>, self: Owner, dataDirectory: string): Promise<void> {
  let dead: Owner | undefined;
  for (;;) {
    const other = await owners.transaction(() => {
      const current = owners.get(KEY);
      if (current !== undefined && current.socketPath !== dead?.socketPath) return current;
      void owners.put(KEY, self);
      return undefined;
    });
    if (dead !== undefined) await rm(dead.socketPath, { force: true });
    if (other === undefined) return;
    if (await isAlive(other)) throw inUse(other, dataDirectory);
    dead = other;
  }
}

/** `sun_path` holds 108 bytes with its closing zero. Some systems hold less; none of them less than this. */
const SOCKET_PATH_BYTES_MAX = 103;

/** In the data directory, so that it is found wherever the directory is mounted; elsewhere if the path is too long. */
function freshSocketPath(dataDirectory: string): string {
  const name = `tally-${randomBytes(8).toString('hex')}.sock`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const path = join(dataDirectory, name);
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX ? path : join(tmpdir(), name);
}

async function listenOn(socketPath: string): Promise<Server> {
  const server = createServer((knocking) => knocking.end());
  server.listen(socketPath);
  await once(server, 'listening');
  // The lock alone must not keep a process from ending.
  server.unref();
  return server;
}

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });

/** Nobody listens at a dead one's socket. Any other failure may hide somebody alive. */
function isAlive({ socketPath }: Owner): Promise<boolean> {
  return new Promise((resolve) => {
    const knock = createConnection(socketPath, () => {
      knock.destroy();
      resolve(true);
    });
    knock.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

const inUse = ({ processId }: Owner, dataDirectory: string): TallyError =>
  new TallyError(
    'data_in_use',
    `${dataDirectory} is in use by another server (process ${processId}); ` +
      'stop it first, or set TALLY_DATA to another directory',
  );
