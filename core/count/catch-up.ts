/** Step 1 of the counting protocol: know every id of the journal that matters, from its entries or from a filter of the first. */
import { FILTER_IDS_MAX, FILTER_IDS_MIN } from '../limits.js';
import type { JournalFilters, JournalStore } from '../ports.js';
import type { JournalGroup } from './journal-group.js';
import { JournalFilter, JournalFilterDraft } from './journal-filter.js';
import type { JournalKnowledge } from './journal-knowledge.js';

export interface CatchUpPorts {
  readonly journals: JournalStore;
  /** Absent: every journal is read whole. */
  readonly filters?: JournalFilters;
}

export interface CatchUp {
  readonly group: JournalGroup;
  readonly knowledge: JournalKnowledge;
  /** The journal grows no more, but for late events: a filter of it is worth its price. */
  readonly isSliceOver: boolean;
}

/**
 * Afterwards the knowledge decides for each event of the group, from index `from` on, whether it is in the journal. Skipped while
 * nobody else is known to have appended: step 4 finds out if that was wrong.
 */
export async function catchUp(ports: CatchUpPorts, what: CatchUp, from: number): Promise<void> {
  const { knowledge, group } = what;
  if (!knowledge.isCaughtUp) {
    const isRested = what.isSliceOver && knowledge.isEmpty && (await restOnFilter(ports, knowledge));
    if (!isRested) await readOn(ports, what);
  }
  if (isDecided(knowledge, group, from)) return;
  // A filter says "certainly not" or "maybe": for a maybe, the journal is read as if there were no filter.
  knowledge.forget();
  await readOn(ports, what);
}

async function readOn(
  { journals, filters }: CatchUpPorts,
  { knowledge, isSliceOver }: CatchUp,
): Promise<void> {
  const isWhole = knowledge.isEmpty;
  const entries = await journals.readAfter(knowledge.journal, knowledge.lastNumber);
  for (const entry of entries) knowledge.learn(entry);
  knowledge.isCaughtUp = true;
  if (!isWhole || !isSliceOver || filters === undefined) return;
  const draft = new JournalFilterDraft(knowledge.journal);
  for (const entry of entries) draft.add(entry);
  if (draft.idCount >= FILTER_IDS_MIN && draft.idCount <= FILTER_IDS_MAX) knowledge.filterDraft = draft;
}

/** The newest filter, its last entry, and all entries behind it. False: there is no filter, or it can't be trusted. */
async function restOnFilter(
  { journals, filters }: CatchUpPorts,
  knowledge: JournalKnowledge,
): Promise<boolean> {
  const { journal } = knowledge;
  const stored = await filters?.readFilter(journal);
  const filter = stored ? JournalFilter.read(journal, stored) : null;
  if (filter === null) return false;
  // Strongly consistent, and to the end, as ever: an entry behind the filter is known by nothing else.
  const [last, ...others] = await journals.readAfter(journal, filter.through - 1);
  if (last === undefined || !filter.endsWith(last)) return false;
  knowledge.restOn(filter, last);
  for (const entry of others) knowledge.learn(entry);
  knowledge.isCaughtUp = true;
  return true;
}

function isDecided({ filter, ids }: JournalKnowledge, group: JournalGroup, from: number): boolean {
  if (filter === null) return true;
  for (let index = from; index < group.events.length; index++)
    if (!ids.has(group.ids, index) && filter.mayHold(group.ids, index)) return false;
  return true;
}

/**
 * Keep a filter of everything up to the entry just appended, for whoever comes after: that entry is mostly small, and is read with
 * the filter.
 */
export async function keepFilter(
  { filters }: CatchUpPorts,
  knowledge: JournalKnowledge,
  { hasAppended, expiresAtMs }: { hasAppended: boolean; expiresAtMs: number },
): Promise<void> {
  const draft = knowledge.filterDraft;
  knowledge.filterDraft = null;
  if (draft === null || filters === undefined || !hasAppended) return;
  try {
    await filters.putFilter(knowledge.journal, draft.finish(), expiresAtMs);
  } catch {
    // The events are counted. Without a filter the next late one reads the journal, as this one did.
  }
}
