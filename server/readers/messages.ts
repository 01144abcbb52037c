/** What the main thread and its reader threads say to each other. */
import type { ClockStart } from '../time-sources.js';
import type { MetricDelta } from '../metric-deltas.js';
import type { Settings } from '../../core/settings.js';

/** What a reader thread is given to start with. */
export interface ReaderWorkerData {
  readonly entryUrl: string;
  readonly dataDirectory: string;
  readonly settings: Settings;
  readonly clockStart?: ClockStart;
}

/** `headMoved`: the stream has something new. `stop`: read what there is, then end. */
export type MessageToReader = 'headMoved' | 'stop';

export interface ProgressReport {
  /** The sequence number up to which the reader is through, durably. */
  readonly position: number;
  readonly metrics: readonly MetricDelta[];
}
