import { SingleBar } from 'cli-progress';
import { formatCount } from './table.js';
import type { Io, Output } from './io.js';

/** How far a command is, for a person who watches. */
export interface Progress {
  /** `note` stands behind the bar: what has no place in the number. */
  update(done: number, note?: string): void;
  stop(): void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** A bar on stderr if that is a terminal, else nothing: logs are not a place for bars. */
export function makeProgress(io: Io, unit: string, total: number): Progress {
  if (io.stderr.isTTY !== true) return SILENT;
  const bar = new SingleBar({
    stream: io.stderr as Output & NodeJS.WritableStream,
    format: `{bar} {percentage}%  {value} of {total} ${unit}  {note}`,
    formatValue: (value, _, kind) =>
      kind === 'value' || kind === 'total' ? formatCount(value) : String(value),
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 24,
    hideCursor: null,
    clearOnComplete: true,
  });
  bar.start(Math.max(total, 1), 0, { note: '' });
  return { update: (done, note = '') => bar.update(done, { note }), stop: () => bar.stop() };
}
