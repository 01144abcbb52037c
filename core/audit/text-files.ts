/** Texts in the audit's files, one piece at a time. */
import { TallyError } from '../errors.js';
import type { AuditFiles } from './ports.js';

export async function* pieces(...texts: readonly string[]): AsyncIterable<string> {
  yield* texts;
}

/** The lines of a file; none if there is no such file. A file is read as it is stored: compressed ones are for SQL. */
export async function* readTextLines(files: AuditFiles, name: string): AsyncIterable<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of (await files.read(name)) ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

export const writeJson = (files: AuditFiles, name: string, value: unknown): Promise<void> =>
  files.write(name, pieces(`${JSON.stringify(value)}\n`));

/** What a step before has written. @throws {TallyError} `audit_failed`: there is none, so that step never ended. */
export async function readJson<T>(files: AuditFiles, name: string): Promise<T> {
  for await (const line of readTextLines(files, name)) return JSON.parse(line) as T;
  throw new TallyError(
    'audit_failed',
    `${name} is missing: the step that writes it did not come to its end. Audit the day again`,
  );
}
