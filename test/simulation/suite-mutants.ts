import { AUDIT_MUTANTS } from './audit-mutants.js';
import type { Edit } from './bundle.js';

/** A deliberate breakage outside the simulation's world, which a suite of its own must notice. */
export interface SuiteMutant {
  readonly name: string;
  /** The rule that it breaks, in words. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  /** The test file that must fail. */
  readonly suite: string;
}

const DYNAMODB_CONTRACT = 'test/adapters/aws/dynamodb-contract.test.ts';
const AUDIT = 'core/audit/audit-day.ts';
const BEGIN_AUDIT = 'core/audit/begin-audit.ts';

export const SUITE_MUTANTS: readonly SuiteMutant[] = [
  ...AUDIT_MUTANTS,
  {
    name: 'stream-head-after-trimming',
    rule: "The stream's head is its own key, never derived from what is left after trimming.",
    edits: [
      {
        file: 'adapters/embedded/lmdb-stream.ts',
        find: 'let [sequence, bytesThrough] = this.mark(HEAD);',
        replace:
          'let [, bytesThrough] = this.mark(HEAD); let sequence = [...this.data.entries.getKeys({ reverse: true, limit: 1 })][0] ?? 0;',
      },
    ],
    suite: 'test/adapters/embedded/lmdb-stream.test.ts',
  },
  {
    name: 'archive-position-before-rename',
    rule: 'The archive commits its position only when its file has its name, durably.',
    edits: [
      {
        file: 'adapters/embedded/archive-writer.ts',
        find: '    await this.files.rename(part.partPath, part.path);\n',
        replace:
          "    await this.options.stream.commitPosition('archive', part.lastSequence);\n    await this.files.rename(part.partPath, part.path);\n",
      },
    ],
    suite: 'test/adapters/embedded/archive-writer.test.ts',
  },
  {
    name: 'archive-without-sync',
    rule: 'A file of the archive is on disk before it gets its name.',
    edits: [
      { file: 'adapters/embedded/archive-writer.ts', find: '    await part.file.sync();\n', replace: '' },
    ],
    suite: 'test/adapters/embedded/archive-writer.test.ts',
  },
  {
    name: 'archive-without-directory-sync',
    rule: "A file's name in the archive is on disk before the position is committed.",
    edits: [
      {
        file: 'adapters/embedded/archive-writer.ts',
        find: '    await this.files.syncDirectory(dirname(part.path));\n',
        replace: '',
      },
    ],
    suite: 'test/adapters/embedded/archive-writer.test.ts',
  },
  {
    name: 'lateness-of-begun-days',
    rule: 'A new lateness is for days that have not begun.',
    edits: [
      {
        file: 'core/settings.ts',
        find: 'const fromDay = dayOf(nowMs + HOUR_MS + DAY_MS);',
        replace: 'const fromDay = dayOf(nowMs);',
      },
    ],
    suite: 'test/core/settings.test.ts',
  },
  {
    name: 'dynamodb-append-condition',
    rule: 'In DynamoDB too, an entry is appended only if none has its number.',
    edits: [
      {
        file: 'adapters/aws/dynamodb-journal.ts',
        find: "      ConditionExpression: entryDoesNotExist,\n      ExpressionAttributeNames: { '#number': sortKey.name },\n",
        replace: '',
      },
    ],
    suite: DYNAMODB_CONTRACT,
  },
  {
    name: 'dynamodb-lsn-condition',
    rule: 'In DynamoDB too, an increment is applied only to a shard whose lsn is below its entry.',
    edits: [
      {
        file: 'adapters/aws/dynamodb-counter-shards.ts',
        find: '    ConditionExpression: `${noEntryOfThisSliceWasApplied} OR ${onlyEarlierEntriesWereApplied}`,\n',
        replace: '',
      },
    ],
    suite: DYNAMODB_CONTRACT,
  },
  {
    name: 'lmdb-append-condition',
    rule: 'In LMDB too, an entry is appended only if none has its number.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-journal.ts',
        find: "      if (this.data.journal.doesExist(key)) return 'exists';\n",
        replace: '',
      },
    ],
    suite: 'test/adapters/embedded/lmdb-journal.test.ts',
  },
  {
    name: 'audit-without-settle',
    rule: 'The audit settles the newest entry of every journal before it looks.',
    edits: [
      {
        file: 'core/audit/snapshot.ts',
        find: 'if (newest !== undefined) await shards.apply(journal, newest.number, newest.increments, expiresAtMs);',
        replace: 'void newest; void shards; void expiresAtMs; void journal;',
      },
    ],
    suite: 'test/audit/planted-faults.test.ts',
  },
  {
    name: 'snapshot-before-marker',
    rule: 'No marker seen, no snapshot: a backlog postpones the seal.',
    edits: [
      {
        file: AUDIT,
        find: 'if (!(await waitForCounting(ports, options, run)))',
        replace: 'if (!(await waitForCounting(ports, options, run)) && what.day.length === 0)',
      },
    ],
    suite: 'test/audit/clean-days.test.ts',
  },
  {
    name: 'seal-before-close',
    rule: 'A day is sealed only when it is closed.',
    edits: [
      {
        file: BEGIN_AUDIT,
        find: 'const isOpen = ports.clock.nowMs() < closeMsOf(settings, day);',
        replace: 'const isOpen = false;',
      },
      {
        file: BEGIN_AUDIT,
        find: "if (nowMs < closeMsOf(settings, day) + MARKER_DELAY_MS) return 'the day has closed only just now';",
        replace: '',
      },
    ],
    suite: 'test/audit/clean-days.test.ts',
  },
];
