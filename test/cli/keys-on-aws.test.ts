import { Template } from 'aws-cdk-lib/assertions';
import { DynamoDbKeys } from '../../adapters/aws/dynamodb-keys.js';
import { isKeyValid, parseToken, type KeyRecord } from '../../core/keys.js';
import { TallyStack } from '../../lib/index.js';
import { makeApp, spelled } from '../lib/synthesised.js';
import { useDynamoDb } from '../support/dynamodb-fixture.js';
import { runTally } from './run-tally.js';

const fixture = useDynamoDb();

const keys = (...argv: string[]): ReturnType<typeof runTally> =>
  runTally(['keys', ...argv, '--table', fixture.tables.keys]);

/** As the authorizer finds it. */
const find = (token: string): Promise<KeyRecord | null> =>
  new DynamoDbKeys({ client: fixture.client, tableName: fixture.tables.keys }).find(
    parseToken(token)?.id ?? '',
  );

it('makes a key by the very command that the stack puts out', async () => {
  const { MakeKey } = Template.fromStack(new TallyStack(makeApp(), 'Tally')).findOutputs('MakeKey');
  const command = spelled((MakeKey as { Value: unknown }).Value);
  const [npx, tally, ...argv] = command.split(' ');
  expect([npx, tally, argv.at(-1)]).toEqual(['npx', 'tally', expect.stringMatching(/TablesKeys$/)]);

  const { exitCode, stdout, stderr } = await runTally([...argv.slice(0, -1), fixture.tables.keys]);

  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('its token is shown this once')]);
  const token = parseToken(stdout.trim());
  const record = await find(stdout.trim());
  expect(record?.scopes).toEqual(['ingest', 'read']);
  expect(record !== null && token !== null && isKeyValid(record, token)).toBe(true);
});

it('lists and revokes keys of a table', async () => {
  const made = await keys('create', '--scope', 'admin', '--source', 'web-*', '--json');
  const { id, token } = JSON.parse(made.stdout) as { id: string; token: string };

  expect((await keys('revoke', id)).exitCode).toBe(0);

  expect(await find(token)).toMatchObject({ revokedAtMs: Date.parse('2026-11-21T09:15:02.120Z') });
  const listed = await keys('list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id, scopes: ['admin'], sourcePattern: 'web-*' }]);
  expect((await keys('revoke', 'nope')).stderr).toContain('key_unknown');
});

it('says what is wrong with a table that is not there', async () => {
  const { exitCode, stderr } = await runTally(['keys', 'list', '--table', 'absent']);

  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^tally: table_failed: table absent: .*AWS_REGION/);
});
