import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDbSql } from '../../../adapters/embedded/duckdb-reconciler.js';
import { FileAuditFiles } from '../../../adapters/embedded/file-audit-files.js';
import type { Reconciler } from '../../../core/audit/reconciler.js';
import { WHOLE, workFile } from '../../../core/audit/run.js';
import {
  RECONCILED_RUN,
  describeReconcilerContract,
  type ReconcilerTarget,
} from '../../contract/reconciler.contract.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

async function write(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

async function* only(text: string): AsyncIterable<string> {
  yield text;
}

async function makeTarget(): Promise<ReconcilerTarget> {
  const directory = await makeTemporaryDirectory();
  const auditDirectory = join(directory, 'audit');
  const files = new FileAuditFiles(auditDirectory);
  let opened: Promise<Reconciler> | null = null;
  // Which files there are is looked up when a run is opened: not before the first question.
  const open = (): Promise<Reconciler> =>
    (opened ??= new DuckDbSql({ dataDirectory: directory, auditDirectory }).openRun(RECONCILED_RUN));
  const { day } = RECONCILED_RUN;
  return {
    port: {
      stage: async () => (await open()).stage(),
      reconcile: async () => (await open()).reconcile(),
      checkReceipts: async () => (await open()).checkReceipts(),
      compareIds: async (hours) => (await open()).compareIds(hours),
      totals: async function* () {
        yield* (await open()).totals();
      },
      topSubjects: async function* (limit) {
        yield* (await open()).topSubjects(limit);
      },
      close: async () => (await open()).close(),
    },
    putArchive: (name, bytes) => write(join(directory, `events/dt=${day}/hour=09/${name}`), bytes),
    putReceipts: async (lines) => {
      const path = join(directory, `receipts/dt=${day}/receipts.ndjson`);
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, lines.map((line) => `${line}\n`).join(''));
    },
    putRunFile: (table, rows) => files.write(workFile(RECONCILED_RUN, table, WHOLE), only(rows)),
    dispose: async () => {
      await (await opened)?.close();
      await removeDirectory(directory);
    },
  };
}

describeReconcilerContract('DuckDbReconciler', makeTarget);
