/** Verify the chain of acts: every digest is computed again from the files alone. */
import { makeSha256, sha256Hex } from '../crypto.js';
import type { TotalsReader } from '../ports.js';
import { NO_DIGEST, actFile, canonicalJson, type Manifest } from './act.js';
import type { AuditFiles, AuditLedger } from './ports.js';
import { dayTotalOf, readTotalsFile } from './totals-file.js';

export interface VerifyProblem {
  /** The file, or the counter and day, that is not what it should be. */
  readonly what: string;
  readonly problem: string;
}

export interface VerifyReport {
  readonly actCount: number;
  readonly counterCount: number;
  /** The digest of the newest act: compare it with one noted earlier, or elsewhere. It stands for everything before it. */
  readonly headDigest: string;
  readonly problems: readonly VerifyProblem[];
}

/** What the engine itself has on record; with it, the chain's end and the stored totals are checked too. */
export interface VerifyStore {
  readonly ledger: Pick<AuditLedger, 'newestAct'>;
  readonly totals: TotalsReader;
}

/** Reads everything, stops at nothing: one broken file must not hide another. */
export async function verifyChain(files: AuditFiles, store?: VerifyStore): Promise<VerifyReport> {
  const problems: VerifyProblem[] = [];
  const names = (await files.list('acts')).filter((name) => name.endsWith('.json'));
  let previousDigest = NO_DIGEST;
  let counterCount = 0;
  const totalsByDay = new Map<string, Manifest>();
  for (const [index, name] of names.entries()) {
    const expected = actFile(index + 1);
    if (name !== expected) problems.push({ what: name, problem: `${expected} is missing before it` });
    const text = await textOf(files, name);
    const manifest = readManifest(text);
    if (manifest === null) problems.push({ what: name, problem: 'it is no manifest in canonical JSON' });
    else {
      problems.push(...chainProblems(name, manifest, { sequence: index + 1, previousDigest }));
      problems.push(...(await totalsProblems(files, manifest)));
      counterCount += manifest.totals.counterCount;
      totalsByDay.set(manifest.day, manifest);
    }
    previousDigest = sha256Hex(text);
  }
  if (store !== undefined)
    problems.push(...(await storeProblems(files, store, { headDigest: previousDigest, totalsByDay })));
  return { actCount: names.length, counterCount, headDigest: previousDigest, problems };
}

async function textOf(files: AuditFiles, name: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await files.read(name)) ?? []) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function readManifest(text: string): Manifest | null {
  try {
    const manifest = JSON.parse(text) as Manifest;
    return `${canonicalJson(manifest)}\n` === text && typeof manifest.totals.sha256 === 'string'
      ? manifest
      : null;
  } catch {
    return null;
  }
}

function chainProblems(
  name: string,
  manifest: Manifest,
  expected: Pick<Manifest, 'sequence' | 'previousDigest'>,
): VerifyProblem[] {
  const problems: VerifyProblem[] = [];
  if (manifest.sequence !== expected.sequence)
    problems.push({
      what: name,
      problem: `its sequence number is ${manifest.sequence}, expected ${expected.sequence}`,
    });
  if (manifest.previousDigest !== expected.previousDigest) {
    problems.push({
      what: name,
      problem: `it follows ${manifest.previousDigest}, but the act before it has ${expected.previousDigest}: one of the two was changed`,
    });
  }
  return problems;
}

async function totalsProblems(files: AuditFiles, { totals }: Manifest): Promise<VerifyProblem[]> {
  const pieces = await files.read(totals.file);
  if (pieces === null) return [{ what: totals.file, problem: 'the file is missing' }];
  const digest = makeSha256();
  for await (const piece of pieces) digest.update(piece);
  const sha256 = digest.hex();
  if (sha256 === totals.sha256) return [];
  return [{ what: totals.file, problem: `its SHA-256 is ${sha256}, the manifest says ${totals.sha256}` }];
}

const PROBLEMS_SHOWN_MAX = 100;

async function storeProblems(
  files: AuditFiles,
  { ledger, totals }: VerifyStore,
  { headDigest, totalsByDay }: { headDigest: string; totalsByDay: ReadonlyMap<string, Manifest> },
): Promise<VerifyProblem[]> {
  const problems: VerifyProblem[] = [];
  const newest = await ledger.newestAct();
  if ((newest?.digest ?? NO_DIGEST) !== headDigest) {
    problems.push({
      what: 'acts',
      problem: `the files end with ${headDigest}, the engine's newest act is ${newest?.digest}`,
    });
  }
  for (const { day, totals: file } of totalsByDay.values()) {
    for await (const line of readTotalsFile(files, file.file)) {
      if (problems.length >= PROBLEMS_SHOWN_MAX) return problems;
      const range = { counter: line.counter, fromDay: day, toDay: day, consistency: 'strong' as const };
      const expected = canonicalJson(dayTotalOf(day, line));
      let stored = '';
      for await (const total of totals.readTotals(range)) stored = canonicalJson(total);
      if (stored !== expected)
        problems.push({
          what: `${line.counter} on ${day}`,
          problem: `sealed as ${expected}, stored is ${stored || 'nothing'}`,
        });
    }
  }
  return problems;
}
