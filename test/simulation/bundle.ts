import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** One place of the source, written differently. Paths are relative to the repository. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const ENTRY = resolve(import.meta.dirname, 'worker.ts');

/**
 * Limits made small, in every simulated program: what takes thousands of events in life must happen in a few here. An
 * entry still holds one event with the longest names.
 */
const SMALL_LIMITS: readonly Edit[] = [
  { file: 'core/limits.ts', find: 'ENTRY_BYTES_MAX = 300 * 1024', replace: 'ENTRY_BYTES_MAX = 2 * 1024' },
  { file: 'core/limits.ts', find: 'FILTER_IDS_MIN = 1_000', replace: 'FILTER_IDS_MIN = 1' },
  {
    file: 'core/count/count.ts',
    find: 'SLICE_OVER_AFTER_MS = 3 * SLICE_MS',
    replace: 'SLICE_OVER_AFTER_MS = 0',
  },
];

/**
 * The simulation with the code under test, as one program for a worker thread, with some places of the source edited.
 *
 * @throws an edit whose text does not occur exactly once: the source has changed, and the edit must follow it.
 */
export async function bundleSimulation(edits: readonly Edit[]): Promise<string> {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: false,
    logLevel: 'error',
    plugins: [editing([...SMALL_LIMITS, ...edits])],
  });
  return result.outputFiles[0]?.text ?? '';
}

function editing(edits: readonly Edit[]): Plugin {
  const editsByFile = new Map<string, Edit[]>();
  for (const edit of edits) {
    const path = resolve(ROOT, edit.file);
    editsByFile.set(path, [...(editsByFile.get(path) ?? []), edit]);
  }
  return {
    name: 'edit the source',
    setup(context) {
      context.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const editsOfFile = editsByFile.get(path);
        if (editsOfFile === undefined) return undefined;
        const source = await readFile(path, 'utf8');
        return { contents: editsOfFile.reduce(applyEdit, source), loader: 'ts' };
      });
    },
  };
}

export function applyEdit(source: string, { file, find, replace }: Edit): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`${file}: the text to edit occurs ${parts.length - 1} times, not once:\n${find}`);
}
