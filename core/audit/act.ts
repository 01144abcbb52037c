/** The chain of acts: what was done to sealed days, in order, each naming the digest of the one before. */
import { sha256Hex } from '../crypto.js';
import type { Trust } from './judge.js';
import type { Day } from '../time.js';

export const ACT_KINDS = ['seal', 'rebuild', 'import', 'adjust'] as const;
export type ActKind = (typeof ACT_KINDS)[number];

/** Stands before the first act. */
export const NO_DIGEST = '0'.repeat(64);

/** What an act says. Its digest is SHA-256 over `canonicalJson` of this, a newline behind it: the bytes of its file. */
export interface Manifest {
  readonly formatVersion: 1;
  readonly kind: ActKind;
  /** 1, 2, 3… without gaps. */
  readonly sequence: number;
  readonly previousDigest: string;
  readonly day: Day;
  readonly runNumber: number;
  readonly actedAt: string;
  readonly totals: {
    /** Relative to the audit's folder. */
    readonly file: string;
    readonly sha256: string;
    readonly counterCount: number;
    /** Over the types' own counters, so that each event is in it once. */
    readonly value: number;
    readonly events: number;
  };
  readonly adjustedCounterHourCount: number;
  /** True: the archive is known to have lost events of the day, and the journals were believed. */
  readonly isArchiveIncomplete: boolean;
  /** How many counter-hours, chunks or hours each verdict was given for. */
  readonly findings: Readonly<Record<string, number>>;
  /** An operator's word, where the audit could not decide; `null`: none was needed. */
  readonly trust: Trust | null;
}

export interface Act {
  readonly sequence: number;
  readonly digest: string;
  /** The manifest's file, byte for byte. */
  readonly text: string;
}

/** JSON with sorted keys and no spaces: one text for one content. Takes JSON values only. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

export function makeAct(manifest: Manifest): Act {
  const text = `${canonicalJson(manifest)}\n`;
  return { sequence: manifest.sequence, digest: sha256Hex(text), text };
}

export const manifestOf = ({ text }: Pick<Act, 'text'>): Manifest => JSON.parse(text) as Manifest;

/** Twelve digits, so that names sort as they count. */
export const actFile = (sequence: number): string => `acts/${String(sequence).padStart(12, '0')}.json`;
