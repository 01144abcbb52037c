/** Where the local S3 keeps its objects. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Objects by their path: `bucket/key`. */
export interface LocalObjects {
  get(path: string): Uint8Array | undefined;
  set(path: string, bytes: Uint8Array): unknown;
  delete(path: string): boolean;
  /** In no order. */
  keys(): string[];
}

export class MemoryObjects implements LocalObjects {
  readonly #byPath = new Map<string, Uint8Array>();

  public get = (path: string): Uint8Array | undefined => this.#byPath.get(path);
  public set = (path: string, bytes: Uint8Array): unknown => this.#byPath.set(path, bytes);
  public delete = (path: string): boolean => this.#byPath.delete(path);
  public keys = (): string[] => [...this.#byPath.keys()];
}

/** A bucket is a folder and an object a file in it, so that programs without an S3 client can read the same objects. */
export class FileObjects implements LocalObjects {
  public constructor(private readonly directory: string) {}

  public get(path: string): Uint8Array | undefined {
    const file = join(this.directory, path);
    return existsSync(file) ? readFileSync(file) : undefined;
  }

  /** Whole or not at all, as S3 does it: a reader beside us never sees half an object. */
  public set(path: string, bytes: Uint8Array): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}${PART_SUFFIX}`, bytes);
    renameSync(`${file}${PART_SUFFIX}`, file);
  }

  public delete(path: string): boolean {
    const file = join(this.directory, path);
    const isThere = existsSync(file);
    rmSync(file, { force: true });
    return isThere;
  }

  public keys(): string[] {
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(PART_SUFFIX))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.directory.length + 1));
  }
}

const PART_SUFFIX = '.part';
