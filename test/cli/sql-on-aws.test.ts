import { Template } from 'aws-cdk-lib/assertions';
import { gzipSync } from 'node:zlib';
import { TallyStack } from '../../lib/index.js';
import { makeApp, spelled } from '../lib/synthesised.js';
import { ARCHIVED_DAY as DAY, archivedLine } from '../support/archived-line.js';
import { LOCAL_WORK_GROUP, startAthena, type LocalAthena } from '../support/local-athena.js';
import { FileObjects } from '../support/local-s3-objects.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import { runTally, type Run } from './run-tally.js';

let directory: string;
let athena: LocalAthena;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  const buckets = { archive: 'archive', queryResults: 'results' };
  athena = await startAthena({ directory, database: 'tally_db', buckets });
  const lines = Array.from({ length: 5 }, (_, at) =>
    archivedLine(`${at}`, { subject: `it's "${at}", \u{1f600}`, value: at === 4 ? -4 : 2 ** 40 * at }),
  );
  new FileObjects(directory).set(
    `archive/events/dt=${DAY}/hour=09/a.ndjson.gz`,
    gzipSync(lines.map((line) => `${line}\n`).join('')),
  );
});
afterEach(async () => {
  await athena.close();
  await removeDirectory(directory);
});

const sql = (query: string, argv: string[] = [], given: Parameters<typeof runTally>[1] = {}): Promise<Run> =>
  runTally(['sql', '--workgroup', LOCAL_WORK_GROUP, '--database', 'tally_db', ...argv, query], given);

it('asks with the very flags that the stack puts out', async () => {
  const { AskSql } = Template.fromStack(new TallyStack(makeApp(), 'Tally')).findOutputs('AskSql');
  const command = spelled((AskSql as { Value: unknown }).Value);
  const [, head = '', query = ''] = /^npx tally (.*) "(.*)"$/.exec(command) ?? [];
  const argv = head.split(' ');
  const at = argv.indexOf('--workgroup') + 1;
  const { exitCode, stderr } = await runTally([...argv.with(at, LOCAL_WORK_GROUP), query]);
  expect([exitCode, stderr]).toEqual([0, 'Athena read 1,234,567 bytes\n']);
});

it('prints all rows of all pages, typed, as it does for files', async () => {
  const query =
    'select subject, value, value > 5 as is_big, cast(null as varchar) as nothing from events order by value';
  const { exitCode, stdout } = await sql(query, ['--json']);
  expect(exitCode).toBe(0);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(rows).toHaveLength(5);
  expect(rows[0]).toEqual({ subject: `it's "4", \u{1f600}`, value: -4, is_big: false, nothing: null });
  expect(rows[4]).toMatchObject({ value: 3 * 2 ** 40, is_big: true });
});

it('prints a table', async () => {
  const { stdout } = await sql('select type, count(*) as deliveries from events group by 1');
  expect(stdout).toMatch(/^type\s+deliveries\nused\s+5\n$/);
});

it('says why a query failed', async () => {
  const { exitCode, stderr } = await sql('select nonsense from events');
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^tally: query_failed: execution \S+ is FAILED: .*nonsense/);
});

it('says what is wrong with a workgroup that is not there', async () => {
  const { exitCode, stderr } = await runTally(['sql', '--workgroup', 'no', '--database', 'd', 'select 1']);
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^tally: query_failed: workgroup no, .*not found.*AskSql.*AWS_REGION/);
});

it.each([
  ['--database', ['--workgroup', 'w']],
  ['--workgroup', ['--database', 'd']],
])('asks for %s where only its other half is given', async (missing, argv) => {
  const { exitCode, stderr } = await runTally(['sql', ...argv, 'select 1']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${missing} is missing`);
});

it('stops the query in Athena when the person has had enough', async () => {
  athena.setFault('select 1', 'hold');
  // Enough, once it has been asked how far it is.
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  const { exitCode, stdout, stderr } = await sql('select 1 as x', [], {
    interrupted: () => interrupted,
    sleep: async () => {
      interrupt();
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  expect([exitCode, stdout]).toEqual([4, '']);
  expect(stderr).toMatch(/^tally: query_cancelled/);
  expect(athena.states()).toEqual(['CANCELLED']);
});
