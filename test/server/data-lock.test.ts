import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCountData, type CountData } from '../../adapters/embedded/open-data.js';
import { lockData, type DataLock } from '../../server/data-lock.js';
import { makeDataDirectory } from './a-server.js';

let directory: string;
let data: CountData;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await makeDataDirectory();
  data = openCountData(directory);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await data.environment.close();
  await rm(directory, { recursive: true, force: true });
});

const lock = (): Promise<DataLock> => lockData(data.environment, directory);
const sockets = async (): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith('.sock'));

/** A process that takes the lock, says so, and lives until it is killed. */
async function anOwnerProcess(): Promise<ChildProcess> {
  const program = `
    import { openCountData } from './adapters/embedded/open-data.ts';
    import { lockData } from './server/data-lock.ts';
    await lockData(openCountData(${JSON.stringify(directory)}).environment, ${JSON.stringify(directory)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('lockData', () => {
  it('lets one in, and the next only after it left', async () => {
    const first = await lock();
    await expect(lock()).rejects.toMatchObject({ code: 'data_in_use' });
    await first.release();
    await (await lock()).release();
    expect(await sockets()).toEqual([]);
  });

  it('keeps out a second process, naming the first', async () => {
    const owner = await anOwnerProcess();
    await expect(lock()).rejects.toMatchObject({
      code: 'data_in_use',
      message: expect.stringContaining(`process ${owner.pid}`) as string,
    });
  });

  it('is not kept out by a process that was killed, and clears up after it', async () => {
    const owner = await anOwnerProcess();
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(await sockets()).toHaveLength(1);
    const mine = await lock();
    expect(await sockets()).toHaveLength(1);
    await mine.release();
    expect(await sockets()).toEqual([]);
  });

  it('lets exactly one in when many come at once after a crash', async () => {
    for (let round = 0; round < 5; round++) {
      const owner = await anOwnerProcess();
      owner.kill('SIGKILL');
      await once(owner, 'exit');
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, lock));
      const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      await winners[0]!.value.release();
    }
  });

  it('works where a path is too long for a socket', async () => {
    const deep = join(directory, 'x'.repeat(120));
    const deepData = openCountData(deep);
    const first = await lockData(deepData.environment, deep);
    await expect(lockData(deepData.environment, deep)).rejects.toMatchObject({ code: 'data_in_use' });
    await first.release();
    await deepData.environment.close();
  });
});
