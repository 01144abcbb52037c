import { InvalidArgumentError, type Command } from 'commander';
import { KEY_ID_BYTES, KEY_SECRET_BYTES, SCOPES, makeKey, type KeyRecord, type Scope } from '../core/keys.js';
import { formatInstant } from '../core/time.js';
import { describeCommand } from './command.js';
import { CommandError } from './failure.js';
import type { Io } from './io.js';
import { tableOf } from './table.js';
import { withKeys, type KeyPlaceFlags } from './with-keys.js';

interface CreateFlags extends KeyPlaceFlags {
  readonly scope: readonly Scope[];
  readonly source?: string;
  readonly label?: string;
}

const TABLE_OPTION = [
  '--table <name>',
  'the keys of a stack on AWS: the DynamoDB table that its output MakeKey names',
] as const;

/**
 * Keys are made and revoked in the data itself, so that the first one needs no key. A running server sees them.
 *
 * The data is a directory, or on AWS the table of keys, for whoever may write to it.
 */
export function addKeys(program: Command, io: Io): void {
  const keys = describeCommand(program.command('keys'), 'Make, list and revoke API keys.', [
    'tally keys create --scope ingest --source "web-*" --label "web servers"',
    'tally keys list',
    'tally keys revoke 0123456789abcdef',
    'tally keys list --table Tally-Keys',
  ]);
  addCreate(keys, io);
  addList(keys, io);
  addRevoke(keys, io);
}

function addCreate(keys: Command, io: Io): void {
  describeCommand(keys.command('create'), 'Make a key. Its token is printed once and stored nowhere.', [
    'tally keys create --scope ingest,read',
    'TALLY_KEY=$(tally keys create --scope read) tally get page.viewed',
  ])
    .requiredOption('--scope <scopes>', `what it may do: ${SCOPES.join(', ')}; several with commas`, scopesOf)
    .option('--source <pattern>', 'it may only send events whose source matches; * is any text')
    .option('--label <text>', 'what it is for')
    .option(...TABLE_OPTION)
    .option('--json', 'print the token and what it may do as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<CreateFlags>();
      const { token, record } = newKey(flags, io);
      await withKeys(flags, io, { mayCreate: true }, (store) => store.create(record));
      if (flags.json === true) io.stdout.write(`${JSON.stringify({ token, ...publicPartOf(record) })}\n`);
      else io.stdout.write(`${token}\n`);
      io.stderr.write(`tally: key ${record.id} is made; its token is shown this once\n`);
    });
}

function addList(keys: Command, io: Io): void {
  describeCommand(keys.command('list'), 'List the keys, revoked ones too.', ['tally keys list --json'])
    .option(...TABLE_OPTION)
    .option('--json', 'print the keys as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<KeyPlaceFlags>();
      const records = await withKeys(flags, io, { mayCreate: false }, (store) => store.list());
      io.stdout.write(
        flags.json === true ? `${JSON.stringify(records.map(publicPartOf))}\n` : listOf(records),
      );
    });
}

function addRevoke(keys: Command, io: Io): void {
  describeCommand(keys.command('revoke <id>'), 'Revoke a key. A running server refuses it soon after.', [
    'tally keys revoke 0123456789abcdef',
  ])
    .option(...TABLE_OPTION)
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<KeyPlaceFlags>();
      const isKnown = await withKeys(flags, io, { mayCreate: false }, (store) =>
        store.revoke(id, io.nowMs()),
      );
      if (!isKnown) throw new CommandError('key_unknown', `there is no key ${id}: see \`tally keys list\``);
      io.stderr.write(`tally: key ${id} is revoked\n`);
    });
}

function scopesOf(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim());
  const isScope = (name: string): name is Scope => SCOPES.some((scope) => scope === name);
  const scopes = names.filter(isScope);
  if (scopes.length === names.length) return [...new Set(scopes)];
  throw new InvalidArgumentError(`Accepted: ${SCOPES.join(', ')}; several with commas.`);
}

function newKey({ scope, source, label }: CreateFlags, io: Io): { token: string; record: KeyRecord } {
  return makeKey(
    { id: io.randomBytes(KEY_ID_BYTES), secret: io.randomBytes(KEY_SECRET_BYTES) },
    {
      scopes: scope,
      createdAtMs: io.nowMs(),
      ...(source === undefined ? {} : { sourcePattern: source }),
      ...(label === undefined ? {} : { label }),
    },
  );
}

/** A key without its hash: that is nobody's business. */
const publicPartOf = ({ id, scopes, sourcePattern, label, createdAtMs, revokedAtMs }: KeyRecord): object => ({
  id,
  scopes,
  sourcePattern,
  label,
  createdAt: formatInstant(createdAtMs),
  revokedAt: revokedAtMs === undefined ? undefined : formatInstant(revokedAtMs),
});

function listOf(records: readonly KeyRecord[]): string {
  const rows = records.map(({ id, scopes, sourcePattern, label, createdAtMs, revokedAtMs }) => [
    id,
    scopes.join(','),
    sourcePattern ?? '*',
    label ?? '',
    formatInstant(createdAtMs),
    revokedAtMs === undefined ? '' : formatInstant(revokedAtMs),
  ]);
  return tableOf(['id', 'scopes', 'source', 'label', 'created', 'revoked'], rows);
}
