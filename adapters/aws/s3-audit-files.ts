import {
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable, pipeline } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { inLargePieces } from '../../core/audit/large-pieces.js';
import type { AuditFiles } from '../../core/audit/ports.js';

/** What a file costs in memory, however long it is: two parts on their way, and one that fills. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** The audit's files in a bucket, under a prefix. S3 shows an object when it is whole and durable, so each is whole or absent. */
export class S3AuditFiles implements AuditFiles {
  readonly #client: S3Client;
  readonly #bucketName: string;
  readonly #prefix: string;

  /** @param options.prefix of all keys, with a `/` at its end. */
  public constructor(options: { client: S3Client; bucketName: string; prefix: string }) {
    this.#client = options.client;
    this.#bucketName = options.bucketName;
    this.#prefix = options.prefix;
  }

  /** The client sends a checksum with every part, which S3 compares. An upload that fails takes its parts back. */
  public async write(name: string, pieces: AsyncIterable<string>): Promise<void> {
    const source = Readable.from(inLargePieces(pieces));
    const isCompressed = name.endsWith('.gz');
    // What breaks the source destroys the body with its error, and so fails the upload: the callback has nothing to add.
    const body = isCompressed
      ? pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), () => undefined)
      : source;
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucketName, Key: this.#prefix + name, Body: body },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    await upload.done();
  }

  public async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    const get = new GetObjectCommand({ Bucket: this.#bucketName, Key: this.#prefix + name });
    try {
      return bodyOf(name, await this.#client.send(get));
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  public async list(folder: string): Promise<string[]> {
    const where = { Bucket: this.#bucketName, Prefix: `${this.#prefix}${folder}/`, Delimiter: '/' };
    const names: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, where)) {
      for (const { Key = '' } of Contents) names.push(Key.slice(this.#prefix.length));
    }
    return names;
  }
}

function bodyOf(name: string, { Body }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  if (Body instanceof Readable) return Body;
  throw new Error(`S3 answered object ${name} without a body`);
}
