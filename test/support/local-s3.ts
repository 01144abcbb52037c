/**
 * S3 as far as Tally uses it: ListObjectsV2, in short pages, GetObject, PutObject and multipart uploads, with the checksums that
 * clients send. In this process; objects are kept in memory, or as files that other programs can read.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { listenLocally, type LocalServer } from './local-server.js';
import { FileObjects, MemoryObjects, type LocalObjects } from './local-s3-objects.js';
import { readBody } from './local-s3-body.js';

/** Short, so that whoever reads but one page is found out. */
const PAGE_COUNT = 2;
/** All parts but the last must have as much. */
const PART_BYTES_MIN = 5 * 1024 * 1024;

export interface LocalS3 extends LocalServer {
  /** By bucket and key: `bucket/events/…`. */
  readonly objects: LocalObjects;
  /** Every call that arrived, in order: `list <prefix>`, `get <key>`, `put <key>`, `create <key>`, `part <key>`, `complete <key>`, `abort <key>`. */
  readonly calls: string[];
  /** Uploads that were created, and neither completed nor aborted: S3 goes on charging for their parts. */
  openUploadCount(): number;
}

/** @param given.directory where objects are files, `<directory>/<bucket>/<key>`. @default objects are kept in memory */
export async function startS3(given: { directory?: string } = {}): Promise<LocalS3> {
  const objects = given.directory === undefined ? new MemoryObjects() : new FileObjects(given.directory);
  const s3 = new S3(objects);
  const server = createServer((request, response) => {
    s3.handle(request, response).catch((error: unknown) => {
      if (error instanceof S3Error)
        answer(response, error.status, `<Error><Code>${error.code}</Code></Error>`);
      else response.destroy();
    });
  });
  const { calls, uploads } = s3;
  return { ...(await listenLocally(server)), objects, calls, openUploadCount: () => uploads.size };
}

class S3Error extends Error {
  public constructor(
    public readonly status: number,
    public readonly code: string,
  ) {
    super(code);
  }
}

/** A call, taken apart. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

class S3 {
  public readonly calls: string[] = [];
  /** By upload id: the parts by number. */
  public readonly uploads = new Map<string, Map<number, Uint8Array>>();
  #uploadCount = 0;

  public constructor(private readonly objects: LocalObjects) {}

  public async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://s3');
    const [bucket = '', ...rest] = decodeURIComponent(pathname.slice(1)).split('/');
    const call = { request, response, bucket, key: rest.join('/'), query };
    if (query.get('list-type') === '2') return this.#list(call);
    if (request.method === 'GET') return this.#get(call);
    if (request.method === 'PUT') return query.has('partNumber') ? this.#putPart(call) : this.#put(call);
    if (request.method === 'POST' && query.has('uploads')) return this.#create(call);
    if (request.method === 'POST' && query.has('uploadId')) return this.#complete(call);
    if (request.method === 'DELETE' && query.has('uploadId')) return this.#abort(call);
    throw new S3Error(501, 'NotImplemented');
  }

  /** A page's continuation token is the last key of the page before. */
  #list({ response, bucket, query }: Call): void {
    const prefix = query.get('prefix') ?? '';
    this.calls.push(`list ${prefix}`);
    const delimiter = query.get('delimiter') ?? '';
    const keys = this.objects
      .keys()
      .filter((path) => path.startsWith(`${bucket}/${prefix}`))
      .map((path) => path.slice(bucket.length + 1))
      .filter((key) => delimiter === '' || !key.slice(prefix.length).includes(delimiter))
      .filter((key) => isBehind(key, query.get('continuation-token') ?? ''))
      .sort((a, b) => (isBehind(a, b) ? 1 : -1));
    const page = keys.slice(0, PAGE_COUNT);
    const isTruncated = keys.length > page.length;
    const contents = page.map((key) => {
      const size = this.objects.get(`${bucket}/${key}`)?.byteLength ?? 0;
      return `<Contents><Key>${escapeXml(key)}</Key><Size>${size}</Size></Contents>`;
    });
    const next = isTruncated
      ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? '')}</NextContinuationToken>`
      : '';
    const result = `<IsTruncated>${isTruncated}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${contents.join('')}`;
    answer(response, 200, `<ListBucketResult>${result}</ListBucketResult>`);
  }

  #get({ response, bucket, key }: Call): void {
    this.calls.push(`get ${key}`);
    const object = this.objects.get(`${bucket}/${key}`);
    if (object === undefined) throw new S3Error(404, 'NoSuchKey');
    response.writeHead(200, { 'content-length': object.byteLength }).end(object);
  }

  async #put({ request, response, bucket, key }: Call): Promise<void> {
    this.calls.push(`put ${key}`);
    const bytes = await readChecked(request);
    this.objects.set(`${bucket}/${key}`, bytes);
    response.writeHead(200, { etag: etagOf(bytes) }).end();
  }

  #create({ response, bucket, key }: Call): void {
    this.calls.push(`create ${key}`);
    const uploadId = `upload-${++this.#uploadCount}`;
    this.uploads.set(uploadId, new Map());
    const names = `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key>`;
    answer(
      response,
      200,
      `<InitiateMultipartUploadResult>${names}<UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  async #putPart({ request, response, key, query }: Call): Promise<void> {
    this.calls.push(`part ${key}`);
    const bytes = await readChecked(request);
    this.#upload(query).set(Number(query.get('partNumber')), bytes);
    response.writeHead(200, { etag: etagOf(bytes) }).end();
  }

  /** The object is there when its last part is named, whole; not before. */
  async #complete({ request, response, bucket, key, query }: Call): Promise<void> {
    this.calls.push(`complete ${key}`);
    const wanted = (await readChecked(request)).toString();
    const upload = this.#upload(query);
    const numbers = [...wanted.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) =>
      Number(number),
    );
    const parts = numbers.map((number) => upload.get(number));
    if (parts.length === 0 || !parts.every((part) => part !== undefined))
      throw new S3Error(400, 'InvalidPart');
    if (parts.slice(0, -1).some((part) => part.byteLength < PART_BYTES_MIN))
      throw new S3Error(400, 'EntityTooSmall');
    this.objects.set(`${bucket}/${key}`, Buffer.concat(parts));
    this.uploads.delete(query.get('uploadId') ?? '');
    answer(response, 200, '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
  }

  #abort({ response, key, query }: Call): void {
    this.calls.push(`abort ${key}`);
    this.uploads.delete(query.get('uploadId') ?? '');
    response.writeHead(204).end();
  }

  #upload(query: URLSearchParams): Map<number, Uint8Array> {
    const upload = this.uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) throw new S3Error(404, 'NoSuchUpload');
    return upload;
  }
}

/** The request's bytes, if they have the checksum that came with them. */
async function readChecked(request: IncomingMessage): Promise<Buffer> {
  const { bytes, checksum } = await readBody(request);
  if (checksum !== undefined && checksum !== crc32Base64(bytes)) throw new S3Error(400, 'BadDigest');
  return bytes;
}

function crc32Base64(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

const etagOf = (bytes: Uint8Array): string => `"${crc32(bytes).toString(16)}"`;

/** S3 lists by the bytes of UTF-8, which is not how JavaScript compares text. */
const isBehind = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

const escapeXml = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function answer(response: ServerResponse, status: number, xml: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
}
