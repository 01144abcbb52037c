/**
 * A filter of the ids of a journal's first entries: it says of an id that it is certainly not among them, or that it may be.
 *
 * A late event belongs to a journal that no worker remembers. Instead of the whole journal a worker then reads the filter and the
 * few entries after it. Entries never change, so what is known of the first n is known for ever: a filter is written once and
 * expires with its journal. Nothing depends on its being there; whatever is doubtful about it means that it is not.
 *
 * Shape: format version, hash count, digest of entry n's ids, a Bloom filter, checksum over all of it, the journal and n.
 */
import { makeSha256 } from '../crypto.js';
import { ID_BYTES } from '../identity.js';
import { journalNameText, type JournalName, type NumberedEntry } from '../journal.js';
import type { StoredFilter } from '../ports.js';
import { ID_WORDS, idWordsOf } from './ids.js';

const FORMAT = 1;
/** With eight hashes, one absent id in three hundred is said to be possible. */
const BITS_PER_ID = 12;
export const FILTER_BYTES_PER_ID = BITS_PER_ID / 8;
const HASHES = 8;
const DIGEST_BYTES = 16;
const BITS_FROM = 2 + DIGEST_BYTES;
const CHECKSUM_BYTES = 32;

/** A filter under construction. Of entries that are certainly in the journal, from the first, without gaps. */
export class JournalFilterDraft {
  readonly #ids: Uint8Array[] = [];
  #through = 0;
  #idCount = 0;

  public constructor(private readonly journal: JournalName) {}

  public get idCount(): number {
    return this.#idCount;
  }

  /** @throws {RangeError} the entry is not the next one: a bug in the caller. */
  public add({ number, ids }: NumberedEntry): void {
    if (number !== this.#through + 1)
      throw new RangeError(`entry ${number} does not follow entry ${this.#through}`);
    this.#through = number;
    this.#ids.push(ids);
    this.#idCount += ids.length / ID_BYTES;
  }

  public finish(): StoredFilter {
    const bits = new Uint8Array(Math.ceil((Math.max(1, this.#idCount) * BITS_PER_ID) / 8));
    for (const bytes of this.#ids) {
      const ids = idWordsOf(bytes);
      for (let index = 0; index < ids.length / ID_WORDS; index++)
        for (let hash = 0; hash < HASHES; hash++) {
          const bit = bitOf(ids, index, hash, bits.length * 8);
          bits[bit >>> 3] = (bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
        }
    }
    const newest = this.#ids.at(-1) ?? new Uint8Array();
    const head = [Uint8Array.of(FORMAT, HASHES), digest([newest]).subarray(0, DIGEST_BYTES)];
    const body = Buffer.concat([...head, bits]);
    const checksum = checksumOf(this.journal, this.#through, body);
    return { through: this.#through, bytes: Buffer.concat([body, checksum]) };
  }
}

/** A filter that was read and found whole. */
export class JournalFilter {
  private constructor(
    /** It covers the entries up to this one. */
    public readonly through: number,
    private readonly bytes: Uint8Array,
  ) {}

  /** `null`: of another format or journal, or damaged. It is then as if there were none. */
  public static read(journal: JournalName, { through, bytes }: StoredFilter): JournalFilter | null {
    const bodyLength = bytes.length - CHECKSUM_BYTES;
    if (bodyLength <= BITS_FROM || bytes[0] !== FORMAT || bytes[1] !== HASHES) return null;
    const body = bytes.subarray(0, bodyLength);
    if (!isEqual(checksumOf(journal, through, body), bytes.subarray(bodyLength))) return null;
    return new JournalFilter(through, body);
  }

  public get byteLength(): number {
    return this.bytes.length;
  }

  /** Whether the entry, as it is in the journal now, is the last that the filter covers: else the journal has begun anew since. */
  public endsWith({ number, ids }: NumberedEntry): boolean {
    const expected = this.bytes.subarray(BITS_FROM - DIGEST_BYTES, BITS_FROM);
    return number === this.through && isEqual(digest([ids]).subarray(0, DIGEST_BYTES), expected);
  }

  /** False: the id at `index` is certainly in none of the covered entries. */
  public mayHold(ids: Uint32Array, index: number): boolean {
    const bitCount = (this.bytes.length - BITS_FROM) * 8;
    for (let hash = 0; hash < HASHES; hash++) {
      const bit = bitOf(ids, index, hash, bitCount);
      if (((this.bytes[BITS_FROM + (bit >>> 3)] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

/** Ids are parts of SHA-256 hashes: two of their words make as many hashes as it takes. */
function bitOf(ids: Uint32Array, index: number, hash: number, bitCount: number): number {
  const at = index * ID_WORDS;
  // Unsigned: a negative bit would be no bit, and its id would be said to be absent.
  const step = ((ids[at + 2] as number) | 1) >>> 0;
  return ((ids[at + 1] as number) + hash * step) % bitCount;
}

const checksumOf = (journal: JournalName, through: number, body: Uint8Array): Uint8Array =>
  digest([`${journalNameText(journal)}#${through}\n`, body]);

function digest(pieces: readonly (Uint8Array | string)[]): Uint8Array {
  const hashing = makeSha256();
  for (const piece of pieces) hashing.update(piece);
  return Buffer.from(hashing.hex(), 'hex');
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
