import { readMarker, type Marker } from '../audit/marker.js';
import type { ArchivedEvent } from '../event.js';
import type { EventNames } from '../event-names.js';
import { getOrMake } from '../get-or-make.js';
import { hashIdentity } from '../identity-bytes.js';
import type { RejectedLine } from '../ports.js';
import { MINUTE_MS, SLICE_MS, floorTo } from '../time.js';
import type { CountSheet } from './count-sheet.js';
import { JournalGroup } from './journal-group.js';
import type { LineColumns } from './line-columns.js';

const PLACES = 4_096;

/** Events gathered for one commit, by journal, with what could not be counted. */
export class Batch {
  public readonly rejected: RejectedLine[] = [];
  public readonly types = new Set<string>();
  /** Markers that came with the events: passed once the batch is counted. */
  public readonly markers: Marker[] = [];
  public eventCount = 0;
  /** By slice, then by lane: two small lookups find a group faster than one by a joined name. */
  readonly #groupsBySlice = new Map<number, (JournalGroup | undefined)[]>();
  /** Where the newest events of names went, by their numbers: a map costs more than working it out again now and then. */
  readonly #places = new Array<NamePlace | undefined>(PLACES).fill(undefined);
  // Neighbouring events mostly share their type and their slice.
  #lastType = '';
  #lastSliceStartMs = Number.NaN;
  #groupsOfLastSlice: (JournalGroup | undefined)[] = [];

  public add(event: ArchivedEvent, lane: number): void {
    this.#groupOf(floorTo(event.timeMs, SLICE_MS), lane).add(event);
    if (event.type !== this.#lastType) this.types.add((this.#lastType = event.type));
    this.eventCount++;
  }

  /** As `add`, for nearly every event: what it shares with others is looked up once. */
  public takeLines(lines: LineColumns, laneOf: (partitionKey: string) => number): void {
    const { count, chunk, names, idStarts, idLengths, minutes, values } = lines;
    for (let index = 0; index < count; index++) {
      const name = names[index] as EventNames;
      const minute = minutes[index] as number;
      const place = this.#placeOf(name, minute, laneOf);
      const identity = hashIdentity(name, chunk, idStarts[index] as number, idLengths[index] as number);
      place.group.addHashed(identity, place.nameNumber, minute - place.fromMinute, values[index] as number);
    }
    this.eventCount += count;
    lines.count = 0;
  }

  /** Add a chunk's events by its sheet. */
  public addSheet(sheet: CountSheet, laneOf: (partitionKey: string) => number): void {
    const { eventCount, ids, minutes, values, nameIndexes, names } = sheet;
    for (let index = 0; index < eventCount; index++) {
      const minute = minutes[index] as number;
      const place = this.#placeOf(names[nameIndexes[index] as number] as EventNames, minute, laneOf);
      place.group.addKnown(ids, index, place.nameNumber, minute - place.fromMinute, values[index] as number);
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

  #placeOf(names: EventNames, minute: number, laneOf: (partitionKey: string) => number): NamePlace {
    const place = this.#places[names.number % PLACES];
    return place?.names === names && isOfSlice(place, minute)
      ? place
      : this.#findPlace(names, minute, laneOf);
  }

  #findPlace(names: EventNames, minute: number, laneOf: (partitionKey: string) => number): NamePlace {
    const { number, type, subject, partitionKey } = names;
    this.types.add(type);
    const fromMinute = floorTo(minute, SLICE_MINUTES);
    const group = this.#groupOf(fromMinute * MINUTE_MS, laneOf(partitionKey));
    const place = { names, fromMinute, group, nameNumber: group.numberOf(type, subject) };
    this.#places[number % PLACES] = place;
    return place;
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

const isOfSlice = ({ fromMinute }: NamePlace, minute: number): boolean =>
  minute >= fromMinute && minute < fromMinute + SLICE_MINUTES;

/** Where the events of a name go that are of one slice: neighbours mostly are. */
interface NamePlace {
  readonly names: EventNames;
  readonly fromMinute: number;
  readonly group: JournalGroup;
  readonly nameNumber: number;
}
