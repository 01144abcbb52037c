import { formatArchiveLine, parseArchiveLine, readArchiveLines } from '../../../core/archive-line.js';
import type { TallyEvent } from '../../../core/event.js';
import { Batch } from '../../../core/count/batch.js';
import { EventNames } from '../../../core/event-names.js';
import { ID_WORDS } from '../../../core/count/ids.js';
import type { JournalGroup } from '../../../core/count/journal-group.js';
import { LineColumns } from '../../../core/count/line-columns.js';
import { makeLaneOf } from '../../../core/lane.js';
import type { ScannedLine } from '../../../core/scanned-line.js';
import { SLICE_MS } from '../../../core/time.js';
import { NOON_MS, stamp, tallyEvent } from '../../factories.js';

const laneOf = makeLaneOf(4);

/** More names than a batch has places for, each twice, in two slices. */
const NAMES = 9_000;
const events: TallyEvent[] = Array.from({ length: 2 * NAMES }, (_, index) =>
  tallyEvent({
    id: `e${index}`,
    subject: `s${index % NAMES}`,
    partitionKey: `k${index % NAMES}`,
    timeMs: NOON_MS + (index % 3) * 90_000 + (index % 2) * SLICE_MS,
    value: (index % 5) - 2,
  }),
);
const lines = events.map((event) => formatArchiveLine(event, stamp()));

/** What the group says of its events, with names for numbers. */
function eventsOf(group: JournalGroup): unknown[] {
  return Array.from({ length: group.eventCount }, (_, index) => {
    const name = group.names[group.nameNumbers[index] as number];
    return {
      id: [...group.ids.slice(index * ID_WORDS, (index + 1) * ID_WORDS)],
      type: group.counters[name?.ofType ?? -1],
      subject: group.counters[name?.ofSubject ?? -1],
      minute: group.minutes[index],
      value: group.values[index],
    };
  });
}

function take(text: string): Batch {
  const batch = new Batch();
  const columns = new LineColumns();
  const bytes = Buffer.from(text);
  columns.begin(bytes);
  readArchiveLines(bytes, {
    onEvent: (event) => {
      if (columns.add(event as ScannedLine)) batch.takeLines(columns, laneOf);
    },
    onBadLine: ({ message }) => expect(message).toBe(''),
  });
  batch.takeLines(columns, laneOf);
  return batch;
}

it('takes scanned lines as it takes each parsed event, also of more names than it has places for', () => {
  const expected = new Batch();
  for (const line of lines) {
    const event = parseArchiveLine(line);
    if (typeof event === 'string') throw new Error(event);
    expected.add(event, laneOf(event.partitionKey));
  }
  const taken = take(lines.join('\n'));
  expect(taken.eventCount).toBe(events.length);
  expect(taken.types).toEqual(expected.types);
  expect(taken.groups().map(({ journal }) => journal)).toEqual(
    expected.groups().map(({ journal }) => journal),
  );
  for (const [index, group] of taken.groups().entries())
    expect(eventsOf(group)).toEqual(eventsOf(expected.groups()[index] as JournalGroup));
});

it('takes names in sheets for what they are, although they share a place', () => {
  const batch = new Batch();
  const all = Array.from({ length: 5_000 }, (_, index) => {
    const subject = index === 0 ? 'a' : 'b';
    return new EventNames('s', 't', subject, 'k');
  });
  const [first] = all as [EventNames];
  const names = all.filter(({ number }) => (number - first.number) % 4_096 === 0);
  expect(names).toHaveLength(2);
  batch.addSheet(
    {
      eventCount: 4,
      ids: Uint32Array.from({ length: 4 * ID_WORDS }, (_, word) => word),
      minutes: new Int32Array(4).fill(NOON_MS / 60_000),
      values: Int32Array.of(1, 2, 3, 4),
      nameIndexes: Uint32Array.of(0, 1, 0, 1),
      names,
    },
    laneOf,
  );
  const [group] = batch.groups();
  expect(eventsOf(group as JournalGroup)).toMatchObject(
    ['t/a', 't/b', 't/a', 't/b'].map((subject, index) => ({ type: 't', subject, value: index + 1 })),
  );
});
