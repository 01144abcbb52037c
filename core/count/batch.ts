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
  /** By slice, then by lane: two small maps find a group faster than one map of joined names. */
  readonly #groupsBySlice = new Map<number, Map<number, JournalGroup>>();

  public add(event: ArchivedEvent, lane: number): void {
    this.#groupOf(floorTo(event.timeMs, SLICE_MS), lane).add(event);
    this.types.add(event.type);
    this.eventCount++;
  }

  /** Take note of a line of Tally's own. It is no event, so it is counted nowhere. */
  public addControl(line: ArchivedEvent): void {
    const marker = readMarker(line);
    if (marker !== null) this.markers.push(marker);
  }

  public groups(): JournalGroup[] {
    return [...this.#groupsBySlice.values()].flatMap((groupsByLane) => [...groupsByLane.values()]);
  }

  #groupOf(sliceStartMs: number, lane: number): JournalGroup {
    const groupsByLane = getOrMake(this.#groupsBySlice, sliceStartMs, () => new Map<number, JournalGroup>());
    return getOrMake(groupsByLane, lane, () => new JournalGroup({ lane, sliceStartMs }));
  }
}
