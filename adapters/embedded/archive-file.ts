/** Files of the archive: chunks one after the other, all compressed alike, which is what a file's name says. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { firstFrame, isZstd } from '../../core/zstd.js';

const GZIP_EXTENSION = '.ndjson.gz';
const ZSTD_EXTENSION = '.ndjson.zst';
export const ARCHIVE_EXTENSIONS = [GZIP_EXTENSION, ZSTD_EXTENSION] as const;
export type ArchiveExtension = (typeof ARCHIVE_EXTENSIONS)[number];

/** How a file is called that begins with a chunk. Bytes that are no chunk have to be somewhere, too. */
export const archiveExtensionOf = (chunkBytes: Uint8Array): ArchiveExtension =>
  isZstd(chunkBytes) ? ZSTD_EXTENSION : GZIP_EXTENSION;

/** Whether a path is that of a complete file: one being written has a dot in front of its name. */
export const isArchiveFile = (path: string): boolean =>
  !basename(path).startsWith('.') && ARCHIVE_EXTENSIONS.some((extension) => path.endsWith(extension));

/**
 * The text of a file, in pieces that end anywhere.
 *
 * @throws a file that was torn or damaged; one of zstd where Node has none.
 */
export async function* readArchiveFile(path: string): AsyncGenerator<Uint8Array> {
  if (path.endsWith(ZSTD_EXTENSION)) {
    yield* framesOf(await readFile(path));
    return;
  }
  const compressed = createReadStream(path);
  const text = createGunzip();
  compressed.on('error', (error) => text.destroy(error)).pipe(text);
  yield* text as AsyncIterable<Buffer>;
}

/** Frame by frame, since Node's own stream ends after the first one. */
function* framesOf(file: Uint8Array): Generator<Uint8Array> {
  let rest = file;
  while (rest.length > 0) {
    const { content, byteCount } = firstFrame(rest);
    yield content;
    rest = rest.subarray(byteCount);
  }
}
