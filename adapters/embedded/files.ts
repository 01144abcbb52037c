/** The few file operations that durable files need. Injected, so that a test can crash between any two of them. */
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

export interface OpenFile {
  append(bytes: Uint8Array): Promise<void>;
  /** Until this resolves, nothing that was appended is sure to be there after a power loss. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Files {
  /** Make a directory and its parents below `root`, which exists, so that all of them survive a power loss. */
  makeDirectory(root: string, path: string): Promise<void>;
  /** Open an empty file for writing, whatever was there before. */
  create(path: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** Make names in a directory (files created, renamed, removed) survive a power loss. */
  syncDirectory(path: string): Promise<void>;
  /** Remove a file if it is there. */
  remove(path: string): Promise<void>;
  /** Every file below a directory, as paths; none if there is no such directory. */
  list(path: string): Promise<string[]>;
}

export const nodeFiles: Files = {
  async makeDirectory(root, path) {
    await mkdir(path, { recursive: true });
    for (const parent of parentsWithin(root, path)) await syncDirectory(parent);
  },
  async create(path) {
    return openFileOf(await open(path, 'w'));
  },
  rename,
  syncDirectory,
  remove: (path) => rm(path, { force: true }),
  async list(path) {
    try {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },
};

const openFileOf = (handle: FileHandle): OpenFile => ({
  append: (bytes) => handle.appendFile(bytes),
  sync: () => handle.sync(),
  close: () => handle.close(),
});

export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory, and keeps names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `root`, and every directory between it and `path`, from the top. */
function parentsWithin(root: string, path: string): string[] {
  const between = relative(root, dirname(path)).split(sep).filter(Boolean);
  return [root, ...between.map((_, index) => join(root, ...between.slice(0, index + 1)))];
}
