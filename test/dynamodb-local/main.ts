/**
 * `npm run test:dynamodb-local`: the contract suites over AWS's own DynamoDB Local, a second opinion on the adapters.
 *
 * Wants Java 17 and Maven. Without them it is skipped, and says so as loudly as it can without failing.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SUITE = 'test/adapters/aws/dynamodb-contract';

const isAtHand = (command: string, argument: string): boolean =>
  spawnSync(command, [argument], { stdio: 'ignore' }).status === 0;

function run(command: string, args: readonly string[], variables: Record<string, string> = {}): number {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } }).status ?? 1;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when it answers; any status will do. */
async function startEngine(jars: string, port: number): Promise<ChildProcess> {
  const main = 'software.amazon.dynamodb.services.local.main.ServerRunner';
  const engine = spawn(
    'java',
    [
      `-Djava.library.path=${jars}`,
      '-cp',
      join(jars, '*'),
      main,
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  while (engine.exitCode === null) {
    const isUp = await fetch(`http://127.0.0.1:${port}`).then(
      () => true,
      () => false,
    );
    if (isUp) return engine;
  }
  throw new Error(`DynamoDB Local ended with ${engine.exitCode} before it answered; see its output above`);
}

function skip(reason: string): number {
  console.warn(`SKIPPED: the suites over DynamoDB Local did not run, nothing was tested: ${reason}.`);
  return 0;
}

async function main(): Promise<number> {
  if (!isAtHand('java', '-version') || !isAtHand('mvn', '-version'))
    return skip('Java 17 and Maven are not here');
  const jars = mkdtempSync(join(tmpdir(), 'tally-dynamodb-local-'));
  const fetched = run('mvn', [
    '-q',
    '-B',
    '-f',
    join(HERE, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${jars}`,
  ]);
  if (fetched !== 0) return skip('Maven could not fetch it');
  const port = await freePort();
  const engine = await startEngine(jars, port);
  try {
    return run('npx', ['jest', SUITE], { TALLY_TEST_DYNAMODB_URL: `http://127.0.0.1:${port}` });
  } finally {
    engine.kill();
  }
}

process.exitCode = await main();
