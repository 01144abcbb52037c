/** Step 1 of the counting protocol: know every id of the journal that matters, from its entries or from a filter of the first. */
import { TallyError } from '../errors.js';
import { forEachSettled } from '../for-each-settled.js';
import { getOrMake } from '../get-or-make.js';
import { journalNameText } from '../journal.js';
import { FILTER_IDS_MAX, FILTER_IDS_MIN } from '../limits.js';
import type { JournalFilters, JournalStore } from '../ports.js';
import { ENTRY_IDS_MAX } from './draft-entry.js';
import { ID_WORDS, idWordsOf, isIdAmong } from './ids.js';
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
 * For each event of the group, from index `from` on: 1 if it is in the journal. As many as an entry may take.
 *
 * Nothing is read while nobody else is known to have appended: step 4 finds out if that was wrong.
 */
export async function catchUp(ports: CatchUpPorts, what: CatchUp, from: number): Promise<Uint8Array> {
  const { knowledge, group } = what;
  if (!knowledge.isCaughtUp) {
    const isRested = what.isSliceOver && knowledge.isEmpty && (await restOnFilter(ports, knowledge));
    if (!isRested) await readOn(ports, what);
  }
  if (!isDecided(knowledge, group, from)) {
    // A filter says "certainly not" or "maybe": for a maybe, the journal is read as if there were no filter.
    knowledge.forget();
    await readOn(ports, what);
  }
  return findKnown(ports, what, from);
}

/** Entries read side by side. Each is looked at and let go: together they may be larger than what is known. */
const ENTRY_CONCURRENCY = 4;

async function findKnown(
  { journals }: CatchUpPorts,
  { knowledge, group }: CatchUp,
  from: number,
): Promise<Uint8Array> {
  const isKnown = new Uint8Array(Math.min(group.eventCount - from, ENTRY_IDS_MAX));
  knowledge.touch(group.ids, from, from + isKnown.length);
  const offsetsByNumber = new Map<number, number[]>();
  for (let offset = 0; offset < isKnown.length; offset++) {
    const found = knowledge.find(group.ids, from + offset);
    if (found === false) continue;
    if (found === true) isKnown[offset] = 1;
    else for (const number of found) getOrMake(offsetsByNumber, number, (): number[] => []).push(offset);
  }
  await forEachSettled([...offsetsByNumber], ENTRY_CONCURRENCY, async ([number, offsets]) => {
    const ids = await idsOfEntry(journals, knowledge, number);
    for (const offset of offsets)
      if (isIdAmong(group.ids, (from + offset) * ID_WORDS, ids)) isKnown[offset] = 1;
  });
  return isKnown;
}

/** The ids of an entry that was known before. */
async function idsOfEntry(
  journals: JournalStore,
  { journal }: JournalKnowledge,
  number: number,
): Promise<Uint32Array> {
  const entry = await journals.find(journal, number);
  if (entry !== null) return idWordsOf(entry.ids);
  throw new TallyError(
    'journal_gap',
    `journal ${journalNameText(journal)} has lost entry ${number}, which was there before. ` +
      `Something deleted from the journal: stop counting and rebuild the day.`,
  );
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

function isDecided(knowledge: JournalKnowledge, group: JournalGroup, from: number): boolean {
  const { filter } = knowledge;
  if (filter === null) return true;
  for (let index = from; index < group.eventCount; index++)
    if (knowledge.find(group.ids, index) !== true && filter.mayHold(group.ids, index)) return false;
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
