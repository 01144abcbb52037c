/** The real server, killed again and again while it is loaded: `npm run kill`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runTally } from '../cli/run-tally.js';

const KILLS = 50;
const EVENTS = 30_000;

it(`counts exactly and keeps every event, killed ${KILLS} times`, async () => {
  const argv = [
    'load',
    '--count',
    EVENTS,
    '--kill',
    KILLS,
    '--duplicates',
    0.1,
    '--keys',
    500,
    '--verify',
    'all',
    '--json',
  ];
  const { exitCode, stdout, stderr } = await runTally(argv.map(String), {
    nowMs: () => Date.now(),
    sleep: (ms) => sleep(ms),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    env: withoutSettings(process.env),
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    exact: true,
    kills: KILLS,
    total: { expected: { events: EVENTS }, counted: { events: EVENTS } },
    subjects: { different: [] },
    archive: { distinctCount: EVENTS },
  });
  expect(exitCode).toBe(0);
}, 1_800_000);

/** The server refuses settings that it does not know, and the suite is started with one. */
const withoutSettings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env as Record<string, string>).filter(([name]) => !name.startsWith('TALLY_')),
  );
