/** API keys: `tally_<id>_<secret>_<checksum>`. Only a hash of the secret is ever stored. */
import { crc32 } from './zlib.js';
import { isEqualInConstantTime, sha256Hex } from './crypto.js';

export const SCOPES = ['ingest', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface KeyRecord {
  readonly id: string;
  /** SHA-256 of the secret, hex. The secret has 256 random bits, so a plain hash is enough. */
  readonly secretHash: string;
  readonly scopes: readonly Scope[];
  /** Events must have a source that this matches; `*` stands for any run of characters. Absent: any source. */
  readonly sourcePattern?: string;
  readonly label?: string;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

export interface KeyToken {
  readonly id: string;
  readonly secret: string;
}

export const KEY_ID_BYTES = 8;
export const KEY_SECRET_BYTES = 32;

const TOKEN = /^tally_([0-9a-f]{16})_([0-9a-f]{64})_([0-9a-f]{8})$/;

const checksumOf = (id: string, secret: string): string =>
  crc32(`tally_${id}_${secret}`).toString(16).padStart(8, '0');

/** Random bytes in, a token and its record out. The token is shown once and never stored. */
export function makeKey(
  random: { id: Uint8Array; secret: Uint8Array },
  about: Pick<KeyRecord, 'scopes' | 'sourcePattern' | 'label' | 'createdAtMs'>,
): { token: string; record: KeyRecord } {
  const id = Buffer.from(random.id).toString('hex');
  const secret = Buffer.from(random.secret).toString('hex');
  return {
    token: `tally_${id}_${secret}_${checksumOf(id, secret)}`,
    record: { ...about, id, secretHash: sha256Hex(secret) },
  };
}

/** `null`: not one of our tokens, or mistyped. Costs no read, so guesses are cheap to refuse. */
export function parseToken(token: string): KeyToken | null {
  const match = TOKEN.exec(token);
  if (match === null) return null;
  const [, id = '', secret = '', checksum = ''] = match;
  return checksum === checksumOf(id, secret) ? { id, secret } : null;
}

export const isKeyValid = (record: KeyRecord, token: KeyToken): boolean =>
  record.revokedAtMs === undefined && isEqualInConstantTime(record.secretHash, sha256Hex(token.secret));

/** An admin key may do everything. */
export const hasScope = (record: Pick<KeyRecord, 'scopes'>, scope: Scope): boolean =>
  record.scopes.includes(scope) || record.scopes.includes('admin');

/**
 * Whether a source matches a pattern in which `*` stands for any run of characters.
 *
 * Without regular expressions: the first place a literal fits is as good as any later one, so nothing is tried twice.
 */
export function matchesSource(pattern: string, source: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return source === head;
  if (!source.startsWith(head)) return false;
  let at = head.length;
  for (const literal of rest) {
    const found = source.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return source.length - tail.length >= at && source.endsWith(tail);
}
