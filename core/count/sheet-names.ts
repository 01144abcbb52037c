/** The names of a sheet. They come again and again: told by their bytes, most are not made anew. */

/** The names that events share: whose counters they go to, and in which lane. */
export interface SheetName {
  readonly type: string;
  readonly subject: string;
  readonly lane: number;
}

interface PooledName {
  readonly name: SheetName;
  /** As it was read: type, subject, lane, a line each. */
  readonly bytes: Uint8Array;
}

const LINES_PER_NAME = 3;
const NEWLINE = 0x0a;

const SLOTS = 8_192;
/** A newer name takes the place of an older. */
const pool = new Array<PooledName | undefined>(SLOTS).fill(undefined);

export function namesIn(bytes: Buffer): SheetName[] {
  const names: SheetName[] = [];
  let [start, hash, lineCount] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    hash = (Math.imul(hash, 31) + byte) | 0;
    if (byte !== NEWLINE || ++lineCount < LINES_PER_NAME) continue;
    names.push(nameAt(bytes, start, at + 1, hash));
    [start, hash, lineCount] = [at + 1, 0, 0];
  }
  return names;
}

function nameAt(bytes: Buffer, start: number, end: number, hash: number): SheetName {
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = pool[slot];
  if (known !== undefined && isHere(known.bytes, bytes, start, end)) return known.name;
  const own = Uint8Array.prototype.slice.call(bytes, start, end);
  const [type = '', subject = '', lane] = Buffer.from(own.buffer).toString().split('\n');
  const name = { type, subject, lane: Number(lane) };
  pool[slot] = { name, bytes: own };
  return name;
}

function isHere(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (expected.length !== end - start) return false;
  for (let at = 0; at < expected.length; at++) if (expected[at] !== bytes[start + at]) return false;
  return true;
}
