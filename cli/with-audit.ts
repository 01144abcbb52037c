import { existsSync } from 'node:fs';
import { FenceLostError } from '../core/audit/ports.js';
import { makeEmbeddedAudit, type EmbeddedAudit } from '../adapters/embedded/embedded-audit.js';
import { highWaterMs } from '../adapters/embedded/high-water-mark.js';
import { LmdbSettings } from '../adapters/embedded/lmdb-settings.js';
import { openCountData, openStreamData, type StreamData } from '../adapters/embedded/open-data.js';
import { DAY_MS } from '../core/time.js';
import { CommandError } from './failure.js';
import type { Io } from './io.js';
import { dataDirectoryOf, type GlobalFlags } from './settings.js';

/** How long the embedded stream may hold a chunk back from counting: as the server reckons it. */
const STREAM_RETENTION_MS = 7 * DAY_MS;

export interface OpenAudit extends EmbeddedAudit {
  readonly dataDirectory: string;
  readonly streamData: StreamData;
}

/**
 * Work on the audit of the data itself, beside a running server or without one.
 *
 * Time is the engine's, as far as it has come: a command must never hold a day for closed that the server still takes events for.
 */
export async function withAudit<T>(
  flags: GlobalFlags,
  io: Io,
  work: (audit: OpenAudit) => Promise<T>,
): Promise<T> {
  const dataDirectory = dataDirectoryOf(flags, io);
  const missing = new CommandError(
    'data_missing',
    `there is no data in ${dataDirectory}: name it with --data or TALLY_DATA`,
  );
  if (!existsSync(dataDirectory)) throw missing;
  const countData = openCountData(dataDirectory);
  const streamData = openStreamData(dataDirectory);
  try {
    const settings = await new LmdbSettings(countData).read();
    if (settings === null) throw missing;
    const clock = { nowMs: () => highWaterMs(streamData) };
    const metrics = { add: () => undefined };
    const audit = makeEmbeddedAudit({
      dataDirectory,
      countData,
      streamData,
      clock,
      metrics,
      settings,
      streamRetentionMs: STREAM_RETENTION_MS,
    });
    return await work({ ...audit, dataDirectory, streamData });
  } catch (error) {
    if (!(error instanceof FenceLostError)) throw error;
    const cure = 'see `tally days` for what came of it';
    throw new CommandError('audit_overtaken', `${error.message}: ${cure}`, { cause: error });
  } finally {
    await countData.environment.close();
    await streamData.environment.close();
  }
}
