/**
 * `npm run smoke:aws`: a few events through a real stack, counted to the last one.
 *
 * Wants TALLY_URL, and either TALLY_KEY (scopes ingest and read) or TALLY_KEYS_TABLE, where it makes a key and revokes
 * it in the end. With AWS credentials it checks more:
 *
 * - TALLY_STREAM, TALLY_STRIPE_COUNT: the stream's shards against the stripes.
 * - TALLY_ATHENA_WORKGROUP, TALLY_ATHENA_DATABASE (any), TALLY_ARCHIVE_BUCKET: that Athena reads all that it sent out of the archive.
 *   Takes some six minutes more; the table it makes is dropped again.
 *
 * It leaves its events behind, under a type of their own: what was counted stays counted.
 */
import { ListShardsCommand } from '@aws-sdk/client-kinesis';
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { makeDynamoDbClient, makeKinesisClient } from '../../adapters/aws/clients.js';
import { DynamoDbKeys } from '../../adapters/aws/dynamodb-keys.js';
import { KEY_ID_BYTES, KEY_SECRET_BYTES, makeKey } from '../../core/keys.js';
import { checkArchive } from './archive.js';

const COUNTED_WITHIN_MS = 10 * 60_000;
const ASK_EVERY_MS = 5_000;

const RUN = randomUUID().slice(0, 8);
const TYPE = `tally.smoke.${RUN}`;

function requireVariable(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; see the head of test/smoke/main.ts`);
  return value;
}

const url = requireVariable('TALLY_URL').replace(/\/$/, '');
let headers: Record<string, string> = {};

const eventText = (id: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id: `${RUN}-${id}`,
    source: 'smoke',
    type: TYPE,
    subject: 'all',
    time: new Date().toISOString(),
    data: { value: 2 },
  });

interface Body {
  readonly contentType: string;
  readonly eventCount: number;
  readonly textOf: (id: string) => string;
}

const oneEvent = { eventCount: 1, textOf: eventText };
const batch = { eventCount: 2, textOf: (id: string) => `[${eventText(`${id}-1`)},${eventText(`${id}-2`)}]` };
const lines = { eventCount: 2, textOf: (id: string) => `${eventText(`${id}-1`)}\n${eventText(`${id}-2`)}\n` };

const BODIES: readonly Body[] = [
  { contentType: 'application/json', ...oneEvent },
  { contentType: 'application/json', ...batch },
  { contentType: 'application/cloudevents+json', ...oneEvent },
  { contentType: 'application/cloudevents-batch+json', ...batch },
  { contentType: 'application/x-ndjson', ...lines },
];

async function post(contentType: string, text: string, isGzipped: boolean): Promise<number> {
  const encoding: Record<string, string> = isGzipped ? { 'content-encoding': 'gzip' } : {};
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { ...headers, 'content-type': contentType, ...encoding },
    body: isGzipped ? gzipSync(text) : text,
  });
  const answer = (await response.json()) as { accepted?: number };
  assert.equal(response.status, 202, `${contentType}, gzip ${isGzipped}: ${JSON.stringify(answer)}`);
  return answer.accepted ?? 0;
}

/** Every body twice: the second sending is accepted, and counted zero more times. */
async function sendAll(): Promise<number> {
  let distinctCount = 0;
  for (const [index, { contentType, textOf, eventCount }] of BODIES.entries()) {
    for (const isGzipped of [false, true]) {
      const text = textOf(`${index}-${isGzipped}`);
      assert.equal(await post(contentType, text, isGzipped), eventCount);
      assert.equal(await post(contentType, text, isGzipped), eventCount);
      distinctCount += eventCount;
    }
  }
  return distinctCount;
}

async function waitUntilCounted(expectedCount: number): Promise<void> {
  const giveUpAtMs = performance.now() + COUNTED_WITHIN_MS;
  for (;;) {
    const response = await fetch(`${url}/v1/counters/${TYPE}?subject=all&consistency=strong`, { headers });
    const { value, events } = (await response.json()) as { value: number; events: number };
    assert.equal(response.status, 200);
    assert.ok(events <= expectedCount, `over-counted: ${events} events of ${expectedCount}`);
    if (events === expectedCount) return assert.equal(value, 2 * expectedCount);
    assert.ok(performance.now() < giveUpAtMs, `after ten minutes ${events} of ${expectedCount} are counted`);
    await sleep(ASK_EVERY_MS);
  }
}

async function checkShards(): Promise<void> {
  const { TALLY_STREAM: StreamName, TALLY_STRIPE_COUNT: stripeCount } = process.env;
  if (StreamName === undefined || stripeCount === undefined) {
    console.warn('SKIPPED: shards against stripes; TALLY_STREAM or TALLY_STRIPE_COUNT is not set.');
    return;
  }
  const request = new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_LATEST' } });
  const { Shards = [] } = await makeKinesisClient().send(request);
  assert.equal(
    Shards.length,
    Number(stripeCount),
    'the stream has another number of open shards than stripes',
  );
}

async function checkArchiveIfAsked(eventCount: number, startedAtMs: number): Promise<void> {
  const {
    TALLY_ATHENA_WORKGROUP: workGroup,
    TALLY_ATHENA_DATABASE: database,
    TALLY_ARCHIVE_BUCKET: bucket,
  } = process.env;
  if (workGroup === undefined || database === undefined || bucket === undefined) {
    console.warn(
      'SKIPPED: the archive by Athena; TALLY_ATHENA_WORKGROUP, TALLY_ATHENA_DATABASE or TALLY_ARCHIVE_BUCKET is not set.',
    );
    return;
  }
  await checkArchive({ workGroup, database, bucket, type: TYPE, eventCount, startedAtMs });
}

/** A key for this run alone, where keys are kept; else the one that is given. */
async function withKey(work: () => Promise<void>): Promise<void> {
  const tableName = process.env['TALLY_KEYS_TABLE'];
  if (tableName === undefined) {
    headers = { authorization: `Bearer ${requireVariable('TALLY_KEY')}` };
    return work();
  }
  const keys = new DynamoDbKeys({ client: makeDynamoDbClient(), tableName });
  const random = { id: randomBytes(KEY_ID_BYTES), secret: randomBytes(KEY_SECRET_BYTES) };
  const about = { scopes: ['ingest', 'read'] as const, label: `smoke ${RUN}`, createdAtMs: Date.now() };
  const { token, record } = makeKey(random, about);
  await keys.create(record);
  headers = { authorization: `Bearer ${token}` };
  try {
    await work();
  } finally {
    await keys.revoke(record.id, Date.now());
  }
}

await withKey(async () => {
  const startedAtMs = Date.now();
  const sentCount = await sendAll();
  await waitUntilCounted(sentCount);
  await checkShards();
  await checkArchiveIfAsked(sentCount, startedAtMs);
  console.log(`ok: ${sentCount} events of ${TYPE}, sent twice each, are counted once each`);
});
