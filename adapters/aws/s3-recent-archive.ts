import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { archiveFolder } from '../../core/archive-folder.js';
import type { RecentArchive } from '../../core/ingest-gate.js';
import { HOUR_MS } from '../../core/time.js';

/** Of a stack that takes no events yet, files hold heartbeats alone. A larger one is of busier times, and not worth its memory. */
const FILE_BYTES_MAX = 1024 * 1024;

/** The archive's files in S3, as far as they are young and small. */
export class S3RecentArchive implements RecentArchive {
  readonly #client: S3Client;
  readonly #bucketName: string;

  public constructor(options: { client: S3Client; bucketName: string }) {
    this.#client = options.client;
    this.#bucketName = options.bucketName;
  }

  /** Of this hour and the last: a file is filed under its oldest record, which may be of the hour before. */
  public async *recentFiles(nowMs: number): AsyncGenerator<Uint8Array> {
    for (const atMs of [nowMs, nowMs - HOUR_MS]) {
      const where = { Bucket: this.#bucketName, Prefix: archiveFolder(atMs) };
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, where)) {
        for (const { Key, Size = 0 } of Contents) if (Size <= FILE_BYTES_MAX) yield await this.#read(Key);
      }
    }
  }

  async #read(Key: string | undefined): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucketName, Key }));
    if (Body === undefined) throw new Error(`S3 answered object ${Key} without a body`);
    return Body.transformToByteArray();
  }
}
