import { AUDIT_MUTANTS } from './audit-mutants.js';
import type { Edit } from './bundle.js';
import { COUNT_MUTANTS } from './count-mutants.js';
import { INGEST_MUTANTS } from './ingest-mutants.js';

/** A deliberate breakage outside the simulation's world, which a suite of its own must notice. */
export interface SuiteMutant {
  readonly name: string;
  /** The rule that it breaks, in words. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  /** The test file that must fail. */
  readonly suite: string;
  /** The suite starts processes, which must run the edited source as well. */
  readonly startsProcesses?: boolean;
}

const PROCESSES = 'test/adapters/embedded/processes.test.ts';
const DYNAMODB_CONTRACT = 'test/adapters/aws/dynamodb-contract.test.ts';

export const SUITE_MUTANTS: readonly SuiteMutant[] = [
  ...AUDIT_MUTANTS,
  ...COUNT_MUTANTS,
  ...INGEST_MUTANTS,
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
    name: 'stale-totals',
    rule: 'Totals of an earlier run, for counters that the day does not have any more, are taken back.',
    edits: [
      { file: 'core/audit/seal-day.ts', find: '  await removeStaleTotals(ports, run);\n', replace: '' },
    ],
    suite: 'test/audit/runs.test.ts',
  },
  {
    name: 'lmdb-unfenced-run',
    rule: 'In LMDB too, a run that was overtaken writes nothing any more.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-ledger.ts',
        find: 'if (isSealed || runs.runNumber !== fence.runNumber) throw new FenceLostError(fence);',
        replace: 'if (fence.runNumber < 0 && isSealed) throw new FenceLostError(fence);',
      },
    ],
    suite: 'test/audit/runs.test.ts',
  },
  {
    name: 'lmdb-seal-behind-a-later-one',
    rule: 'In LMDB too, a day is never sealed behind a later one.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-ledger.ts',
        find: "if ((this.data.progress.get(SEALED_THROUGH) ?? '') > day) throw new FenceLostError(fence);",
        replace: '',
      },
    ],
    suite: 'test/adapters/embedded/lmdb-audit-store.test.ts',
  },
  {
    name: 'dynamodb-seal-behind-a-later-one',
    rule: 'In DynamoDB too, a day is never sealed behind a later one.',
    edits: [
      {
        file: 'adapters/aws/dynamodb-ledger.ts',
        find: "ConditionExpression: 'attribute_not_exists(#day) OR #day < :day'",
        replace: "ConditionExpression: 'attribute_not_exists(#day) OR #day <> :day'",
      },
    ],
    suite: DYNAMODB_CONTRACT,
  },
  {
    name: 'snapshot-read-in-part',
    rule: 'Nothing is judged by a snapshot of which SQL has read less than was written.',
    edits: [
      {
        file: 'core/audit/find-drift.ts',
        find: '  requireWholeSnapshot(reconciliation, notes);\n',
        replace: '',
      },
    ],
    suite: 'test/audit/runs.test.ts',
  },
  {
    name: 'lmdb-entries-filtered-by-expiry',
    rule: 'In LMDB too, entries are never filtered by expiry.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-journal.ts',
        find: 'return Array.from(range, ({ key, value }) =>',
        replace: 'return [...range].filter(({ value }) => value[0] > Date.now()).map(({ key, value }) =>',
      },
    ],
    suite: 'test/adapters/embedded/lmdb-journal.test.ts',
  },
  {
    name: 'dynamodb-entries-filtered-by-expiry',
    rule: 'In DynamoDB too, entries are never filtered by expiry.',
    edits: [
      {
        file: 'adapters/aws/dynamodb-journal.ts',
        find: 'for await (const item of items) entries.push(entryOf(item));',
        replace:
          "for await (const item of items) if (Number(item['expiresAtSeconds']?.N) * 1000 > Date.now()) entries.push(entryOf(item));",
      },
    ],
    suite: DYNAMODB_CONTRACT,
  },
  {
    name: 'failed-query-answers',
    rule: 'A query that failed, was cancelled or still runs has no answer.',
    edits: [
      {
        file: 'adapters/aws/athena-reconciler.ts',
        find: '    if (failure !== null) throw failed(query, failure);\n',
        replace: '',
      },
    ],
    suite: 'test/adapters/aws/athena-reconciler.test.ts',
  },
  {
    name: 'totals-may-lack-rows',
    rule: "The rows of a day's totals add up to their totals row.",
    edits: [
      {
        file: 'core/audit/result-rows.ts',
        find: "  if (rest.value !== 0 || rest.events !== 0) throw rowsMissing('totals', rest);\n",
        replace: '',
      },
    ],
    suite: 'test/core/audit/result-rows.test.ts',
  },
  {
    name: 'torn-number-is-null',
    rule: 'What is no number in a file of the run fails the query, and is not left out of a sum.',
    edits: [
      {
        file: 'adapters/aws/athena-queries.ts',
        find: "`cast(coalesce(${name}, '') as bigint) as ${name}`",
        replace: '`try_cast(${name} as bigint) as ${name}`',
      },
    ],
    suite: 'test/adapters/aws/athena-contract.test.ts',
  },
  {
    name: 'dynamodb-unfenced-run',
    rule: 'In DynamoDB too, a run that was overtaken writes nothing any more.',
    edits: [
      {
        file: 'adapters/aws/days-item.ts',
        find: "const isNewestRun = '#runNumber = :runNumber';",
        replace: "const isNewestRun = '#runNumber >= :runNumber';",
      },
    ],
    suite: DYNAMODB_CONTRACT,
  },
  {
    name: 'dynamodb-unfenced-totals',
    rule: 'In DynamoDB too, totals and adjustments of a run that was overtaken are not written any more.',
    edits: [
      {
        file: 'adapters/aws/dynamodb-seal-writer.ts',
        find: 'const failed = await transact(this.#client, [check, ...part]);',
        replace: 'const failed = await transact(this.#client, part); void check;',
      },
    ],
    suite: 'test/adapters/aws/overtaken-run.test.ts',
  },
  {
    name: 'dynamodb-sealed-twice',
    rule: 'In DynamoDB too, a day is sealed once.',
    edits: [
      {
        file: 'adapters/aws/days-item.ts',
        find: '`${isNotSealed} AND ${isNewestRun}`',
        replace: '`(${isNotSealed} OR NOT ${isNotSealed}) AND (${isNewestRun} OR NOT ${isNewestRun})`',
      },
      // It guards the same from behind.
      {
        file: 'adapters/aws/dynamodb-ledger.ts',
        find: "ConditionExpression: 'attribute_not_exists(#day) OR #day < :day'",
        replace: "ConditionExpression: 'attribute_not_exists(#day) OR #day <= :day'",
      },
    ],
    suite: 'test/adapters/aws/audit-under-faults.test.ts',
  },
  {
    name: 'killed-before-durable',
    rule: 'What is acknowledged survives a kill at that very moment: it is committed.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-stream.ts',
        find: 'await commit(this.data, () => this.appendAll(chunks));',
        replace: 'void commit(this.data, () => this.appendAll(chunks)).catch(() => undefined);',
      },
    ],
    suite: PROCESSES,
    startsProcesses: true,
  },
  {
    name: 'full-disk-acknowledged',
    rule: 'What does not fit on the disk is not acknowledged.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-stream.ts',
        find: '      throw new StreamUnavailableError(',
        replace: '      if (chunks.length > 0) return;\n      throw new StreamUnavailableError(',
      },
    ],
    suite: PROCESSES,
    startsProcesses: true,
  },
  {
    name: 'full-disk-file-kept',
    rule: 'A file of the archive that could not be written to its end is forgotten, and begun again.',
    edits: [
      {
        file: 'adapters/embedded/archive-writer.ts',
        find: '    this.part = null;\n    this.writtenThrough = null;\n',
        replace: '    this.writtenThrough = null;\n',
      },
    ],
    suite: 'test/adapters/embedded/archive-writer.test.ts',
  },
  {
    name: 'compressions-in-one-file',
    rule: 'Chunks of another compression begin another file of the archive.',
    edits: [
      {
        file: 'adapters/embedded/archive-writer.ts',
        find: 'if (this.part?.hourStartMs !== hourStartMs || this.part.extension !== extension)',
        replace: 'if (this.part?.hourStartMs !== hourStartMs)',
      },
    ],
    suite: 'test/adapters/embedded/archive-writer.test.ts',
  },
  {
    name: 'zstd-not-in-sql',
    rule: 'SQL reads all files of the archive, however they are compressed.',
    edits: [
      {
        file: 'adapters/embedded/duckdb.ts',
        find: 'ARCHIVE_EXTENSIONS.filter((extension) => hasFiles(directory, extension))',
        replace: 'ARCHIVE_EXTENSIONS.slice(0, 1).filter((extension) => hasFiles(directory, extension))',
      },
    ],
    suite: 'test/adapters/embedded/archive-file.test.ts',
  },
  {
    name: 'torn-file-unreadable',
    rule: 'A file of the archive whose end is torn counts as far as it can be read.',
    edits: [
      {
        file: 'adapters/embedded/duckdb.ts',
        find: "`ignore_errors = true, compression = 'auto_detect',",
        replace: "`ignore_errors = false, compression = 'auto_detect',",
      },
    ],
    suite: 'test/audit/damaged-archive.test.ts',
  },
  {
    name: 'marker-put-once',
    rule: 'A marker that the archive lost is put again.',
    edits: [
      {
        file: 'core/audit/begin-audit.ts',
        find: 'await putMarkers(ports, options, run);',
        replace:
          'if (!(await hasCountingPassed(ports, options, run))) await putMarkers(ports, options, run);',
      },
    ],
    suite: 'test/audit/runs.test.ts',
  },
  {
    name: 'unknown-day-opened',
    rule: 'An audit by hand puts no day on record that has to be sealed before what is sealed.',
    edits: [
      {
        file: 'core/audit/begin-audit.ts',
        find: 'if (bar !== null) return',
        replace: 'if (bar === day) return',
      },
    ],
    suite: 'test/audit/runs.test.ts',
  },
  {
    name: 'seal-out-of-order',
    rule: 'Days are sealed in order.',
    edits: [
      {
        file: 'core/audit/begin-audit.ts',
        find: 'if (earlier !== null) return',
        replace: 'if (earlier === day) return',
      },
    ],
    suite: 'test/audit/runs.test.ts',
  },
];
