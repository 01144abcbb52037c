import { readMarker, type Marker } from '../audit/marker.js';
import type { ArchivedEvent } from '../event.js';
import type { EventNames } from '../event-names.js';
import { getOrMake } from '../get-or-make.js';
import { identityCharactersAt } from '../identity-bytes.js';
import type { RejectedLine } from '../ports.js';
import { MINUTE_MS, SLICE_MS, floorTo } from '../time.js';
import type { CountSheet } from './count-sheet.js';
import { JournalGroup } from './journal-group.js';
import type { LineColumns } from './line-columns.js';
import type { SheetName } from './sheet-names.js';

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
      const place =
        this.#knownPlaceOf(name, minute) ?? this.#placeOf(name, laneOf(name.partitionKey), minute);
      const identity = identityCharactersAt(
        name,
        chunk,
        idStarts[index] as number,
        idLengths[index] as number,
      );
      place.group.addHashed(identity, place.nameNumber, minute - place.fromMinute, values[index] as number);
    }
    this.eventCount += count;
    lines.count = 0;
  }

  /** Add a chunk's events by its sheet. */
  public addSheet({ eventCount, ids, minutes, values, nameIndexes, names }: CountSheet): void {
    const places: NamePlace[] = [];
    for (let index = 0; index < eventCount; index++) {
      const minute = minutes[index] as number;
      const nameIndex = nameIndexes[index] as number;
      let place = places[nameIndex];
      if (place === undefined || !isOfSlice(place, minute)) {
        const name = names[nameIndex] as SheetName;
        place = this.#knownPlaceOf(name, minute) ?? this.#placeOf(name, name.lane, minute);
        places[nameIndex] = place;
      }
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

  #knownPlaceOf(name: Name, minute: number): NamePlace | undefined {
    const place = this.#places[name.number % PLACES];
    return place?.name === name && isOfSlice(place, minute) ? place : undefined;
  }

  #placeOf(name: Name, lane: number, minute: number): NamePlace {
    this.types.add(name.type);
    const fromMinute = floorTo(minute, SLICE_MINUTES);
    const group = this.#groupOf(fromMinute * MINUTE_MS, lane);
    const place = { name, fromMinute, group, nameNumber: group.numberOf(name.type, name.subject) };
    this.#places[name.number % PLACES] = place;
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

/** What events share, in lines or in a sheet. */
interface Name {
  /** Most names that are in use have different ones. */
  readonly number: number;
  readonly type: string;
  readonly subject: string;
}

const SLICE_MINUTES = SLICE_MS / MINUTE_MS;

const isOfSlice = ({ fromMinute }: NamePlace, minute: number): boolean =>
  minute >= fromMinute && minute < fromMinute + SLICE_MINUTES;

/** Where the events of a name go that are of one slice: neighbours mostly are. */
interface NamePlace {
  readonly name: Name;
  readonly fromMinute: number;
  readonly group: JournalGroup;
  readonly nameNumber: number;
}
