import type { S3Client } from '@aws-sdk/client-s3';
import { makeS3Client } from '../../../adapters/aws/s3-client.js';
import { S3RecentArchive } from '../../../adapters/aws/s3-recent-archive.js';
import { useLocalAws } from '../../support/local-aws-environment.js';
import { startS3, type LocalS3 } from '../../support/local-s3.js';

const NOW_MS = Date.parse('2026-11-22T00:03:00.000Z');

let s3: LocalS3;
let client: S3Client;

beforeEach(async () => {
  s3 = await startS3();
  useLocalAws({ AWS_ENDPOINT_URL_S3: s3.url });
  client = makeS3Client();
});
afterEach(async () => {
  client.destroy();
  await s3.close();
});

async function textsRead(): Promise<string[]> {
  const texts: string[] = [];
  const archive = new S3RecentArchive({ client, bucketName: 'archive' });
  for await (const file of archive.recentFiles(NOW_MS)) texts.push(Buffer.from(file).toString());
  return texts;
}

const put = (key: string, text: string): unknown => s3.objects.set(`archive/${key}`, Buffer.from(text));

test('reads all files of this hour and the last, over midnight and over every page', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) put(`events/dt=2026-11-22/hour=00/${name}.ndjson.gz`, name);
  put('events/dt=2026-11-21/hour=23/f.ndjson.gz', 'f');
  put('events/dt=2026-11-21/hour=22/old.ndjson.gz', 'old');
  put('receipts/dt=2026-11-22/hour=00/r.ndjson.gz', 'receipt');

  expect(await textsRead()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('leaves files of busy times alone', async () => {
  put('events/dt=2026-11-22/hour=00/large.ndjson.gz', 'x'.repeat(1024 * 1024 + 1));
  put('events/dt=2026-11-22/hour=00/small.ndjson.gz', 'small');

  expect(await textsRead()).toEqual(['small']);
  expect(s3.calls).not.toContain('get events/dt=2026-11-22/hour=00/large.ndjson.gz');
});

test('a bucket that does not answer is an error, not an empty archive', async () => {
  put('events/dt=2026-11-22/hour=00/a.ndjson.gz', 'a');
  await s3.close();

  await expect(textsRead()).rejects.toThrow();
});
