/** `npm start`: the embedded engine as a process. */
import { TallyError } from '../core/errors.js';
import { formatInstant } from '../core/time.js';
import { readConfig } from './config.js';
import { logError } from './log.js';
import { startServer, type RunningServer } from './server.js';

/** What the process ends with when it could not start, or could not finish what it had promised to finish. */
const EXIT_CODE_FAILED = 1;

try {
  const config = readConfig(process.env);
  const server = await startServer(config);
  stopOnSignals(server);
  process.stdout.write(greetingOf(server, config.dataDirectory));
} catch (error) {
  failToStart(error);
}

/** The first signal lets the server finish; a second one does not wait. */
function stopOnSignals(server: RunningServer): void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) process.exit(EXIT_CODE_FAILED);
    isStopping = true;
    process.stdout.write('Stopping: finishing what was acknowledged.\n');
    try {
      await server.stop();
      process.exit(0);
    } catch (error) {
      logError('the server did not stop cleanly', error);
      process.exit(EXIT_CODE_FAILED);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
}

function greetingOf({ url, clock, needsKey }: RunningServer, dataDirectory: string): string {
  const time = formatInstant(clock.nowMs());
  const event = { specversion: '1.0', id: time, source: 'me', type: 'page.viewed', subject: '/home', time };
  const key = needsKey ? ` -H "authorization: Bearer $TALLY_KEY"` : '';
  return `Tally listens on ${url}, data in ${dataDirectory}
See it count: open ${url} in a browser.
Count something:
  curl -d '${JSON.stringify(event)}' -H 'content-type: application/json'${key} ${url}/v1/events
Ask for it:
  curl${key} '${url}/v1/counters/page.viewed?granularity=PT1M'
`;
}

function failToStart(error: unknown): void {
  // Our own errors say all there is to say; a stack would only hide it.
  const text =
    error instanceof TallyError ? `${error.code}: ${error.message}` : String((error as Error).stack ?? error);
  process.stderr.write(`tally: can't start: ${text}\n`);
  process.exit(EXIT_CODE_FAILED);
}
