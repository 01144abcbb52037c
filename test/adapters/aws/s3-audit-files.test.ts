import type { S3Client } from '@aws-sdk/client-s3';
import { S3AuditFiles } from '../../../adapters/aws/s3-audit-files.js';
import { makeS3Client } from '../../../adapters/aws/s3-client.js';
import { describeAuditFilesContract } from '../../contract/audit-files.contract.js';
import { useLocalAws } from '../../support/local-aws-environment.js';
import { startS3, type LocalS3 } from '../../support/local-s3.js';

const MIB = 1024 * 1024;

interface Place {
  readonly s3: LocalS3;
  readonly client: S3Client;
  readonly port: S3AuditFiles;
  dispose(): Promise<void>;
}

async function makePlace(): Promise<Place> {
  const s3 = await startS3();
  useLocalAws({ AWS_ENDPOINT_URL_S3: s3.url });
  const client = makeS3Client();
  const dispose = async (): Promise<void> => {
    client.destroy();
    await s3.close();
  };
  return { s3, client, port: new S3AuditFiles({ client, bucketName: 'archive', prefix: 'audit/' }), dispose };
}

describeAuditFilesContract('S3AuditFiles', makePlace);

describe('S3AuditFiles', () => {
  let place: Place;
  beforeEach(async () => (place = await makePlace()));
  afterEach(() => place.dispose());

  async function* megabytes(count: number): AsyncIterable<string> {
    for (let index = 0; index < count; index++) yield 'x'.repeat(MIB);
  }

  test('keeps everything under its prefix, and sees nothing beside it', async () => {
    await place.port.write('acts/000000000001.json', megabytes(0));
    place.s3.objects.set('archive/acts/000000000002.json', Buffer.from('of somebody else'));

    expect(place.s3.objects.keys()).toContain('archive/audit/acts/000000000001.json');
    expect(await place.port.list('acts')).toEqual(['acts/000000000001.json']);
  });

  test('sends a long file in parts, and a short one at once', async () => {
    await place.port.write('a/long.ndjson', megabytes(17));
    expect(place.s3.calls.map((call) => call.split(' ')[0])).toEqual([
      'create',
      'part',
      'part',
      'part',
      'complete',
    ]);
    place.s3.calls.length = 0;
    await place.port.write('a/short.ndjson', megabytes(1));
    expect(place.s3.calls).toEqual(['put audit/a/short.ndjson']);
  });

  test('takes the parts of an upload back when the text breaks off', async () => {
    async function* breaking(): AsyncIterable<string> {
      yield* megabytes(17);
      throw new Error('the query failed half-way');
    }
    await expect(place.port.write('a/long.ndjson', breaking())).rejects.toThrow('half-way');

    expect(place.s3.objects.keys()).toEqual([]);
    expect(place.s3.openUploadCount()).toBe(0);
  });

  test('a bucket that does not answer is an error, not an absent file', async () => {
    await place.s3.close();

    await expect(place.port.read('acts/000000000001.json')).rejects.toThrow();
    await expect(place.port.list('acts')).rejects.toThrow();
  });
});
