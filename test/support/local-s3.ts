/** S3 as far as the archive's readers need it: ListObjectsV2, in short pages, and GetObject. In this process, in memory. */
import { createServer } from 'node:http';
import { listenLocally, type LocalServer } from './local-server.js';

/** Short, so that whoever reads but one page is found out. */
const PAGE_COUNT = 2;

export interface LocalS3 extends LocalServer {
  /** By bucket and key: `bucket/events/…`. */
  readonly objects: Map<string, Uint8Array>;
  /** Every call that arrived, in order: `list <prefix>` or `get <key>`. */
  readonly calls: string[];
}

export async function startS3(): Promise<LocalS3> {
  const objects = new Map<string, Uint8Array>();
  const calls: string[] = [];

  /** A page's continuation token is the last key of the page before. */
  function list(bucket: string, query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    calls.push(`list ${prefix}`);
    const keys = [...objects.keys()]
      .filter((path) => path.startsWith(`${bucket}/${prefix}`))
      .map((path) => path.slice(bucket.length + 1))
      .filter((key) => key > (query.get('continuation-token') ?? ''))
      .sort();
    const page = keys.slice(0, PAGE_COUNT);
    const isTruncated = keys.length > page.length;
    const contents = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>${objects.get(`${bucket}/${key}`)?.byteLength}</Size></Contents>`,
    );
    const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return (
      `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}` +
      `<KeyCount>${page.length}</KeyCount>${contents.join('')}</ListBucketResult>`
    );
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const [bucket = '', ...key] = decodeURIComponent(pathname.slice(1)).split('/');
    if (searchParams.get('list-type') === '2') {
      response.writeHead(200, { 'content-type': 'application/xml' }).end(list(bucket, searchParams));
      return;
    }
    calls.push(`get ${key.join('/')}`);
    const object = objects.get([bucket, ...key].join('/'));
    response.writeHead(object === undefined ? 404 : 200).end(object);
  });
  return { ...(await listenLocally(server)), objects, calls };
}
