import { TallyError } from '../errors.js';
import { journalNameText } from '../journal.js';
import type { CounterShards } from '../ports.js';
import { catchUp, keepFilter, type CatchUp, type CatchUpPorts } from './catch-up.js';
import { draftEntry, type Draft } from './draft-entry.js';

export interface CommitPorts extends CatchUpPorts {
  readonly shards: CounterShards;
  /** Applies an entry that is most likely applied already, the newest of a slice long over. Absent: like any other. */
  readonly settledShards?: CounterShards;
}

export interface Commit extends CatchUp {
  /** When the day's items may vanish; stored with each. */
  readonly expiresAtMs: number;
}

/** What a commit did, in counts. */
export interface CommitReport {
  countedCount: number;
  duplicateCount: number;
  appendedCount: number;
  conflictCount: number;
  settledForOthersCount: number;
}

/** Each round that does not append means that another worker did, or that the store failed. */
const ROUNDS_WITHOUT_APPEND_MAX = 8;

/**
 * Count a group's events exactly once: the five steps of the counting protocol (docs/ARCHITECTURE.md).
 *
 * Append is the only point where an event becomes counted, and only one worker can create entry n+1. An entry is
 * appended only when its predecessor is settled, so at most the newest entry is unsettled, and whoever comes next
 * finishes it. A shard takes a journal's entries in order, each at most once, by its lsn.
 *
 * Whatever fails, the group may be committed again, here or elsewhere: what is counted already is then a duplicate.
 * The caller holds the journal's mutex.
 *
 * @throws what the store throws, or {TallyError} `journal_contended`: the batch is to be retried.
 */
export async function commitGroup(ports: CommitPorts, commit: Commit): Promise<CommitReport> {
  const { group } = commit;
  const report: CommitReport = {
    countedCount: 0,
    duplicateCount: 0,
    appendedCount: 0,
    conflictCount: 0,
    settledForOthersCount: 0,
  };
  let coveredCount = 0;
  while (coveredCount < group.eventCount) {
    const draft = await appendNext(ports, commit, coveredCount, report);
    coveredCount += draft.eventsCovered;
    report.countedCount += draft.entry.eventCount;
    report.duplicateCount += draft.duplicateCount;
    await settle(ports.shards, commit);
  }
  const hasAppended = report.appendedCount > 0;
  await keepFilter(ports, commit.knowledge, { hasAppended, expiresAtMs: commit.expiresAtMs });
  return report;
}

/** Steps 1 to 4, again and again until one entry is appended or nothing is fresh. */
async function appendNext(
  ports: CommitPorts,
  commit: Commit,
  from: number,
  report: CommitReport,
): Promise<Draft> {
  for (let round = 1; ; round++) {
    const isKnown = await catchUp(ports, commit, from);
    if (await settle(shardsOfOthers(ports, commit), commit)) report.settledForOthersCount++;
    const draft = draftEntry(commit.group, from, isKnown);
    if (draft.entry.eventCount === 0) return draft;
    if (await append(ports, commit, draft, round)) {
      report.appendedCount++;
      return draft;
    }
    report.conflictCount++;
  }
}

/** Steps 2 and 5: apply the newest entry's increments unless they are known to be. True: there was something to do. */
async function settle(shards: CounterShards, { knowledge, expiresAtMs }: Commit): Promise<boolean> {
  const { newest } = knowledge;
  if (newest === null || knowledge.isSettled) return false;
  await shards.apply(knowledge.journal, newest.number, newest.increments, expiresAtMs);
  knowledge.markSettled(newest.number);
  return true;
}

/** Where an entry is settled that this commit did not append. */
const shardsOfOthers = ({ shards, settledShards }: CommitPorts, { isSliceOver }: Commit): CounterShards =>
  isSliceOver ? (settledShards ?? shards) : shards;

/** Step 4. False: entry n+1 exists already, or nobody knows; either way the journal must be read again. */
async function append(ports: CommitPorts, commit: Commit, draft: Draft, round: number): Promise<boolean> {
  const { knowledge, expiresAtMs } = commit;
  const { journal } = knowledge;
  const number = knowledge.lastNumber + 1;
  knowledge.isCaughtUp = false;
  const isLastRound = round >= ROUNDS_WITHOUT_APPEND_MAX;
  try {
    const outcome = await ports.journals.append(journal, number, draft.entry, expiresAtMs);
    if (outcome === 'appended') {
      knowledge.learn({ ...draft.entry, number });
      knowledge.isCaughtUp = true;
      return true;
    }
  } catch (error) {
    // The outcome is unknown: the entry may be there. Reading tells.
    if (isLastRound) throw error;
  }
  if (isLastRound) {
    throw new TallyError(
      'journal_contended',
      `journal ${journalNameText(journal)}: ${round} attempts to append found another worker's entry. ` +
        `The batch is retried; if this goes on, too many workers share a lane.`,
    );
  }
  return false;
}
