import fc from 'fast-check';
import { draftEntry, type Draft } from '../../../core/count/draft-entry.js';
import { JournalGroup } from '../../../core/count/journal-group.js';
import type { ArchivedEvent } from '../../../core/event.js';
import { identityOf } from '../../../core/identity.js';
import { entryBytes, idCountOf } from '../../../core/journal.js';
import { ENTRY_BYTES_MAX } from '../../../core/limits.js';
import { MINUTE_MS } from '../../../core/time.js';
import { NOON_MS, archivedEvent } from '../../factories.js';

const SLICE_START_MS = NOON_MS + 10 * MINUTE_MS;

function groupOf(events: readonly Partial<ArchivedEvent>[]): JournalGroup {
  const group = new JournalGroup({ lane: 3, sliceStartMs: SLICE_START_MS });
  for (const event of events) group.add(archivedEvent({ timeMs: SLICE_START_MS, ...event }));
  return group;
}

/** A draft of events of which none is known, but for those named. */
const draft = (group: JournalGroup, from = 0, known: readonly number[] = []): Draft =>
  draftEntry(
    group,
    from,
    Uint8Array.from({ length: group.eventCount - from }, (_, offset) =>
      known.includes(from + offset) ? 1 : 0,
    ),
  );

describe('draftEntry', () => {
  it('admits fresh events with one increment per counter, minutes counted from the hour', () => {
    const group = groupOf([
      { id: 'a', value: 5 },
      { id: 'b', value: -5 },
      { id: 'c', subject: '', partitionKey: 'k', timeMs: SLICE_START_MS + 4 * MINUTE_MS, value: 2 },
    ]);
    const { entry, eventsCovered, duplicateCount } = draft(group);
    expect({ eventsCovered, duplicateCount, eventCount: entry.eventCount }).toEqual({
      eventsCovered: 3,
      duplicateCount: 0,
      eventCount: 3,
    });
    expect(entry.increments).toEqual([
      {
        counter: 'page.viewed',
        minutes: [
          { minute: 10, value: 0, events: 2 },
          { minute: 14, value: 2, events: 1 },
        ],
      },
      { counter: 'page.viewed//home', minutes: [{ minute: 10, value: 0, events: 2 }] },
    ]);
  });

  it('stores the ids as identityOf makes them', () => {
    const { entry } = draft(groupOf([{ id: 'a' }, { id: 'b' }]));
    const expected = ['a', 'b'].map((id) => identityOf(archivedEvent({ id })));
    expect(Buffer.from(entry.ids)).toEqual(Buffer.concat(expected));
  });

  it('leaves out what is known and the second occurrence of what is not', () => {
    const group = groupOf([{ id: 'known' }, { id: 'new', value: 7 }, { id: 'new', value: 9 }]);
    const { entry, duplicateCount } = draft(group, 0, [0]);
    expect(entry.increments[0]?.minutes).toEqual([{ minute: 10, value: 7, events: 1 }]);
    expect(duplicateCount).toBe(2);
  });

  it('stops where it is not known what is known', () => {
    const group = groupOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    const { entry, eventsCovered } = draftEntry(group, 1, Uint8Array.of(0));
    expect({ eventsCovered, eventCount: entry.eventCount }).toEqual({ eventsCovered: 1, eventCount: 1 });
    expect(Buffer.from(entry.ids)).toEqual(identityOf(archivedEvent({ id: 'b' })));
  });

  it('fills an entry: a minute counts when it is touched, so few entries repeat a counter', () => {
    const events = Array.from({ length: 5_000 }, (_, index) => ({ id: `e${index}`, subject: `s${index}` }));
    const { entry } = draft(groupOf(events));
    const roomForOneMore = 200;
    expect(entryBytes(entry)).toBeGreaterThan(ENTRY_BYTES_MAX - roomForOneMore);
  });

  it('cuts a group that is too big into entries that each fit and together are the group', () => {
    const subjects = Array.from({ length: 4_000 }, (_, index) => ({
      id: `e${index}`,
      subject: `s${index % 1_500}`,
      timeMs: SLICE_START_MS + (index % 4) * MINUTE_MS,
    }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: subjects.length }), (length) => {
        const group = groupOf(subjects.slice(0, length));
        let from = 0;
        let events = 0;
        while (from < length) {
          const { entry, eventsCovered } = draft(group, from);
          expect(entryBytes(entry)).toBeLessThanOrEqual(ENTRY_BYTES_MAX);
          expect(idCountOf(entry)).toBe(entry.eventCount);
          expect(eventsCovered).toBeGreaterThan(0);
          from += eventsCovered;
          events += entry.eventCount;
        }
        expect(events).toBe(length);
      }),
      { numRuns: 5, examples: [[4_000]] },
    );
  });
});
