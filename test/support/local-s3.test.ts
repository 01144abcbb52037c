import { GetObjectCommand, PutObjectCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { makeS3Client } from '../../adapters/aws/s3-client.js';
import { useLocalAws } from './local-aws-environment.js';
import { startS3, type LocalS3 } from './local-s3.js';
import { makeTemporaryDirectory, removeDirectory } from './temporary-directory.js';

const MIB = 1024 * 1024;

let directory: string;
let s3: LocalS3;
let client: S3Client;

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  s3 = await startS3({ directory });
  useLocalAws({ AWS_ENDPOINT_URL_S3: s3.url });
  client = makeS3Client();
});
afterEach(async () => {
  client.destroy();
  await s3.close();
  await removeDirectory(directory);
});

/** Larger than a part, no two MiB alike. */
const largeBytes = (mib: number): Buffer =>
  Buffer.concat(
    Array.from({ length: mib }, (_, index) => Buffer.alloc(MIB, String.fromCharCode(97 + index))),
  );

async function* inPieces(bytes: Buffer): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += MIB / 2) yield bytes.subarray(at, at + MIB / 2);
}

async function stored(key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'archive', Key: key }));
  return (await Body?.transformToString()) ?? '';
}

test('keeps what is put, as a file that others can read', async () => {
  await client.send(new PutObjectCommand({ Bucket: 'archive', Key: 'audit/a b&c.json', Body: '{"é":1}' }));

  expect(await stored('audit/a b&c.json')).toBe('{"é":1}');
  expect(await readFile(join(directory, 'archive/audit/a b&c.json'), 'utf8')).toBe('{"é":1}');
});

test('takes an upload of unknown length in parts, and shows it when it is whole', async () => {
  const bytes = largeBytes(12);
  const upload = new Upload({
    client,
    params: { Bucket: 'archive', Key: 'large', Body: Readable.from(inPieces(bytes)) },
  });
  await upload.done();

  expect((await stored('large')) === bytes.toString()).toBe(true);
  expect(s3.calls.filter((call) => call.startsWith('part'))).toHaveLength(3);
  expect(s3.openUploadCount()).toBe(0);
});

test('an upload that is given up leaves nothing', async () => {
  const failing = async function* (): AsyncIterable<Buffer> {
    yield* inPieces(largeBytes(11));
    throw new Error('the source broke');
  };
  const upload = new Upload({
    client,
    params: { Bucket: 'archive', Key: 'broken', Body: Readable.from(failing()) },
  });

  await expect(upload.done()).rejects.toThrow('the source broke');
  expect(s3.objects.keys()).toEqual([]);
  expect(s3.openUploadCount()).toBe(0);
});

test('refuses bytes that are not those of their checksum', async () => {
  const put = new PutObjectCommand({ Bucket: 'archive', Key: 'a', Body: 'a', ChecksumCRC32: 'AAAAAA==' });

  await expect(client.send(put)).rejects.toMatchObject({ name: 'BadDigest' });
  expect(s3.objects.keys()).toEqual([]);
});

test('refuses a part of an upload that is not there', async () => {
  const part = new UploadPartCommand({
    ...{ Bucket: 'archive', Key: 'a', UploadId: 'none', PartNumber: 1, Body: 'a' },
  });

  await expect(client.send(part)).rejects.toMatchObject({ name: 'NoSuchUpload' });
});
