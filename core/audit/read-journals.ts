import { TallyError } from '../errors.js';
import { idCountOf, journalNameText, type JournalName, type NumberedEntry } from '../journal.js';
import type { JournalStore } from '../ports.js';
import { HOUR_MS, SLICE_MS } from '../time.js';

/** The entries of one journal, checked: numbered 1, 2, 3… */
export interface ReadJournal {
  readonly journal: JournalName;
  readonly entries: readonly NumberedEntry[];
}

/** The journals of one lane and hour that have entries, in order of their slices. */
export async function* readJournals(
  journals: JournalStore,
  { lane, hourStartMs }: { lane: number; hourStartMs: number },
): AsyncIterable<ReadJournal> {
  for (let sliceStartMs = hourStartMs; sliceStartMs < hourStartMs + HOUR_MS; sliceStartMs += SLICE_MS) {
    const journal = { lane, sliceStartMs };
    const entries = await journals.readAfter(journal, 0);
    checkNumbers(journal, entries);
    if (entries.length > 0) yield { journal, entries };
  }
}

function checkNumbers(journal: JournalName, entries: readonly NumberedEntry[]): void {
  const gapAt = entries.findIndex((entry, index) => entry.number !== index + 1);
  if (gapAt === -1) return;
  throw new TallyError(
    'journal_gap',
    `journal ${journalNameText(journal)} has entry ${entries[gapAt]?.number} where entry ${gapAt + 1} should be; ` +
      `something deleted from the journal: the day can't be sealed from it, rebuild the day from the archive`,
  );
}

/** Whether an entry's ids, its events and its increments tell of one number of events. */
export function isEntrySound(entry: NumberedEntry): boolean {
  // Every event increments its type's own counter, and that one has no subject.
  const ofTypes = entry.increments.filter(({ counter }) => !counter.includes('/'));
  const incremented = ofTypes.flatMap(({ minutes }) => minutes).reduce((sum, { events }) => sum + events, 0);
  return incremented === entry.eventCount && idCountOf(entry) === entry.eventCount;
}
