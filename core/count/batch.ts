import { readMarker, type Marker } from '../audit/marker.js';
import type { ArchivedEvent } from '../event.js';
import { getOrMake } from '../get-or-make.js';
import type { RejectedLine } from '../ports.js';
import { SLICE_MS, floorTo } from '../time.js';
import { JournalGroup } from './journal-group.js';

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
