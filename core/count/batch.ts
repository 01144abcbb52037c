import { readMarker, type Marker } from '../audit/marker.js';
import type { ArchivedEvent } from '../event.js';
import { getOrMake } from '../get-or-make.js';
import type { RejectedLine } from '../ports.js';
import { MINUTE_MS, SLICE_MS, floorTo } from '../time.js';
import type { CountSheet, SheetName } from './count-sheet.js';
import { JournalGroup, type GroupedEvent } from './journal-group.js';

/** Events gathered for one commit, by journal, with what could not be counted. */
export class Batch {
  public readonly rejected: RejectedLine[] = [];
  public readonly types = new Set<string>();
  /** Markers that came with the events: passed once the batch is counted. */
  public readonly markers: Marker[] = [];
  public eventCount = 0;
  /** By slice, then by lane: two small lookups find a group faster than one by a joined name. */
  readonly #groupsBySlice = new Map<number, (JournalGroup | undefined)[]>();
  // Neighbouring events mostly share their type and their slice.
  #lastType = '';
  #lastSliceStartMs = Number.NaN;
  #groupsOfLastSlice: (JournalGroup | undefined)[] = [];

  public add(event: ArchivedEvent, lane: number): void {
    this.#groupOf(floorTo(event.timeMs, SLICE_MS), lane).add(event);
    if (event.type !== this.#lastType) this.types.add((this.#lastType = event.type));
    this.eventCount++;
  }

  /** Add a chunk's events by its sheet. */
  public addSheet(sheet: CountSheet): void {
    const { eventCount, ids, minutes, values, nameIndexes } = sheet;
    const names = sheet.names.map((name): SharedEvent => ({ name, event: undefined }));
    for (const { name } of names) this.types.add(name.type);
    for (let index = 0; index < eventCount; index++) {
      const shared = names[nameIndexes[index] as number] as SharedEvent;
      const minute = minutes[index] as number;
      const sliceStart = Math.floor(minute / SLICE_MINUTES) * SLICE_MINUTES;
      const event = sameEvent(shared, minute - sliceStart, values[index] as number);
      this.#groupOf(sliceStart * MINUTE_MS, shared.name.lane).addKnown(event, ids, index);
    }
    this.eventCount += eventCount;
  }

  /** Take note of a line of Tally's own. It is no event, so it is counted nowhere. */
  public addControl(line: ArchivedEvent): void {
    const marker = readMarker(line);
    if (marker !== null) this.markers.push(marker);
  }

  public groups(): JournalGroup[] {
    return [...this.#groupsBySlice.values()].flatMap((groupsByLane) =>
      groupsByLane.filter((group) => group !== undefined),
    );
  }

  #groupOf(sliceStartMs: number, lane: number): JournalGroup {
    if (sliceStartMs !== this.#lastSliceStartMs) {
      this.#lastSliceStartMs = sliceStartMs;
      this.#groupsOfLastSlice = getOrMake(this.#groupsBySlice, sliceStartMs, () => []);
    }
    return (this.#groupsOfLastSlice[lane] ??= new JournalGroup({ lane, sliceStartMs }));
  }
}

const SLICE_MINUTES = SLICE_MS / MINUTE_MS;

/** The newest event of a name: most that follow add the same to the same minute, and can be the same object. */
interface SharedEvent {
  readonly name: SheetName;
  event: GroupedEvent | undefined;
}

function sameEvent(shared: SharedEvent, minute: number, value: number): GroupedEvent {
  const { event, name } = shared;
  if (event?.minute === minute && event.value === value) return event;
  return (shared.event = { type: name.type, subject: name.subject, minute, value });
}
