/** The thread that writes the archive. Its waits for the disk are its own. */
import { ArchiveWriter } from '../../adapters/embedded/archive-writer.js';
import { ArchiveReader } from './archive-reader.js';
import { runReader } from './run-reader.js';
import { makeWorkerContext } from './worker-context.js';

/** Nobody waits for a line of the archive, so it is written some at a time. */
const GATHER_MS = 50;

const { port, dataDirectory, streamData, stream, clock, metrics } = makeWorkerContext();
const writer = new ArchiveWriter({ dataDirectory, stream, clock });
await writer.start();
await runReader(port, new ArchiveReader(stream, writer), metrics, GATHER_MS);
await streamData.environment.close();
