import { readFile, readdir, rm } from 'node:fs/promises';
import { availableParallelism, getPriority } from 'node:os';
import { aServerProcess, type ServerProcess } from '../a-server-process.js';
import { eventOfNow, makeDataDirectory } from '../a-server.js';

let directory: string;
let server: ServerProcess;

beforeEach(async () => {
  directory = await makeDataDirectory();
  server = await aServerProcess(directory);
});

afterEach(async () => {
  server.child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** By thread of a process; its first one has the process's own number. */
async function nicesOf(processId: number): Promise<Map<number, number>> {
  const nices = new Map<number, number>();
  for (const thread of await readdir(`/proc/${processId}/task`)) {
    const stat = await readFile(`/proc/${processId}/task/${thread}/stat`, 'utf8');
    // proc_pid_stat(5): behind the name in parentheses, the seventeenth field is the nice value.
    nices.set(Number(thread), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
  }
  return nices;
}

const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('lets everything else go before counting, and only counting wait', async () => {
  const sent = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(eventOfNow()),
  });
  expect(sent.status).toBe(202);
  let counted = 0;
  while (counted === 0) {
    const answer = await fetch(`${server.url}/v1/counters/page.viewed`);
    if (answer.ok) counted = ((await answer.json()) as { events: number }).events;
  }

  const processId = server.child.pid ?? 0;
  const nices = await nicesOf(processId);
  const usual = getPriority();
  expect(nices.get(processId)).toBe(usual);
  const later = [...nices.values()].filter((nice) => nice > usual);
  expect(later).toEqual(availableParallelism() > 1 ? [10] : []);
});
