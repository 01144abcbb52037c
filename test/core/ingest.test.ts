import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readArchiveLines } from '../../core/archive-line.js';
import { decodeChunk } from '../../core/chunk.js';
import { StreamUnavailableError } from '../../core/errors.js';
import { decodeRequest } from '../../core/decode-request.js';
import type { ArchivedEvent, TallyEvent } from '../../core/event.js';
import { makeIngest, type IngestDeps, type IngestOutcome } from '../../core/ingest.js';
import { laneOf, stripeOf } from '../../core/lane.js';
import { CHUNK_BYTES_MAX, CHUNK_TEXT_BYTES_MAX } from '../../core/limits.js';
import type { Chunk } from '../../core/ports.js';
import type { RequestItem } from '../../core/request-item.js';
import { HOUR_MS, MINUTE_MS, SLICE_MS } from '../../core/time.js';
import { archived } from '../support/archived.js';
import { anEvent } from './an-event.js';

const NOW_MS = Date.parse('2026-11-21T09:15:03.000Z');

/** Everything in process and in memory: a stream that keeps chunks, a clock that stands still unless moved. */
function anIngest(given: Partial<IngestDeps> = {}) {
  const chunks: Chunk[] = [];
  const metrics: string[] = [];
  const clock = { now: NOW_MS, nowMs: () => clock.now };
  let chunkCount = 0;
  const ingest = makeIngest({
    stream: {
      put: async (more) => {
        chunks.push(...more);
      },
    },
    clock,
    days: { sealedThrough: async () => null },
    settings: {
      formatVersion: 1,
      laneCount: 64,
      sliceMs: SLICE_MS,
      lateness: [{ fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS }],
    },
    metrics: {
      add: (name, by, labels) =>
        metrics.push(`${name}${labels === undefined ? '' : `{${labels['code']}}`} ${by}`),
    },
    makeChunkId: () => `chunk-${++chunkCount}`,
    stripeCount: 1,
    ...given,
  });
  return { ingest, chunks, metrics, clock };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const itemsOf = (...candidates: unknown[]): RequestItem[] => candidates.map((candidate) => ({ candidate }));

function eventsIn(chunk: Chunk): ArchivedEvent[] {
  const decoded = decodeChunk(chunk.bytes);
  if ('problem' in decoded) throw new Error(decoded.problem);
  const events: ArchivedEvent[] = [];
  readArchiveLines(decoded.lines, {
    onEvent: (event) => events.push(archived(event)),
    onBadLine: ({ message }) => {
      throw new Error(message);
    },
  });
  return events;
}

describe('ingest', () => {
  it('stamps what is good, in order, and stores it in one put', async () => {
    const { ingest, chunks, metrics } = anIngest();
    const items = itemsOf(
      anEvent({ id: 'a', data: { value: 5 } }),
      anEvent({ id: 'b', data: { value: -2 } }),
    );
    expect(await ingest(items)).toEqual({ accepted: 2, rejected: [] });
    expect(chunks).toMatchObject([
      { chunkId: 'chunk-1', stripe: 0, receivedAtMs: NOW_MS, eventCount: 2, valueSum: 3 },
    ]);
    expect(chunks.flatMap(eventsIn)).toMatchObject([
      { id: 'a', value: 5, receivedAtMs: NOW_MS, chunkId: 'chunk-1', position: 0 },
      { id: 'b', value: -2, receivedAtMs: NOW_MS, chunkId: 'chunk-1', position: 1 },
    ]);
    expect(metrics).toEqual(['eventsAcceptedCount 2']);
  });

  it('never fails good events with bad ones, and says of each bad one what is wrong', async () => {
    const { ingest, chunks, metrics } = anIngest();
    const outcome = await ingest([
      { candidate: anEvent({ id: 'good' }) },
      { error: { code: 'json_invalid', message: 'line 2' } },
      { candidate: anEvent({ id: 'old', time: '2020-01-01T00:00:00Z' }) },
      { candidate: { id: 'worse' } },
      { candidate: anEvent({ id: 'early', time: '2026-11-21T10:00:00Z' }) },
    ]);
    expect(outcome.accepted).toBe(1);
    expect(outcome.rejected).toMatchObject([
      { index: 1, code: 'json_invalid', message: 'line 2' },
      { index: 2, id: 'old', code: 'time_too_old' },
      { index: 3, id: 'worse', code: 'specversion_invalid', errors: [{}, {}, {}, {}] },
      { index: 4, id: 'early', code: 'time_in_future' },
    ]);
    expect(outcome.rejected[0]).not.toHaveProperty('errors');
    expect(outcome.rejected[0]).not.toHaveProperty('id');
    expect(chunks.flatMap(eventsIn).map(({ id }) => id)).toEqual(['good']);
    expect(metrics).toContain('eventsRejectedCount{time_too_old} 1');
  });

  it('accepts a duplicate: counting it once is not ingest’s business', async () => {
    const { ingest } = anIngest();
    expect(await ingest(itemsOf(anEvent(), anEvent()))).toEqual({ accepted: 2, rejected: [] });
  });

  it.each([
    { why: 'no event', items: [] },
    { why: 'no good event', items: itemsOf({}, 7) },
  ])('puts nothing into the stream for $why', async ({ items }) => {
    const put = jest.fn();
    expect((await anIngest({ stream: { put } }).ingest(items)).accepted).toBe(0);
    expect(put).not.toHaveBeenCalled();
  });

  it('holds events to the sources of a key', async () => {
    const { ingest } = anIngest();
    const items = itemsOf(anEvent({ source: 'web-1' }), anEvent({ source: 'shop', id: 'x' }));
    const outcome = await ingest(items, { allowedSourcePattern: 'web-*' });
    expect(outcome).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, id: 'x', code: 'source_not_allowed' }],
    });
  });

  it('makes chunks of one stripe each', async () => {
    const { ingest, chunks } = anIngest({ stripeCount: 4 });
    await ingest(
      itemsOf(...Array.from({ length: 200 }, (_, n) => anEvent({ id: `${n}`, subject: `s${n}` }))),
    );
    expect(chunks.map(({ stripe }) => stripe).sort()).toEqual([0, 1, 2, 3]);
    for (const chunk of chunks) {
      for (const { partitionKey } of eventsIn(chunk)) {
        expect(stripeOf(laneOf(partitionKey, 64), 64, 4)).toBe(chunk.stripe);
      }
    }
    expect(chunks.flatMap(eventsIn)).toHaveLength(200);
  });

  it('splits what does not compress into chunks that fit, each with an id and positions of its own', async () => {
    const { ingest, chunks } = anIngest();
    const incompressible = () => randomBytes(150_000).toString('base64');
    await ingest(
      itemsOf(...Array.from({ length: 20 }, (_, n) => anEvent({ id: `${n}`, data: incompressible() }))),
    );
    expect(chunks.length).toBeGreaterThan(2);
    expect(Math.max(...chunks.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
    expect(new Set(chunks.map(({ chunkId }) => chunkId)).size).toBe(chunks.length);
    expect(chunks.flatMap(eventsIn).map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, n) => `${n}`),
    );
    for (const chunk of chunks) {
      expect(eventsIn(chunk).map(({ position, chunkId }) => `${chunkId}#${position}`)).toEqual(
        Array.from({ length: chunk.eventCount }, (_, position) => `${chunk.chunkId}#${position}`),
      );
    }
  });

  // 1e20 is four characters sent and twenty-one written back: a request can swell beyond what a chunk may inflate to.
  it('splits what swells when it is written back', async () => {
    const { ingest, chunks } = anIngest();
    const data = Array.from({ length: 11_000 }, () => 1e20);
    await ingest(itemsOf(...Array.from({ length: 75 }, (_, n) => anEvent({ id: `${n}`, data }))));
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) {
      const decoded = decodeChunk(chunk.bytes) as { lines: Uint8Array };
      expect(decoded.lines.length).toBeLessThanOrEqual(CHUNK_TEXT_BYTES_MAX);
    }
    expect(chunks.reduce((sum, { eventCount }) => sum + eventCount, 0)).toBe(75);
  });

  it('promises nothing when the stream fails, and says so', async () => {
    const cause = new Error('disk full');
    const { ingest, metrics } = anIngest({ stream: { put: () => Promise.reject(cause) } });
    const failure = await ingest(itemsOf(anEvent())).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StreamUnavailableError);
    expect((failure as Error).cause).toBe(cause);
    expect(metrics).toEqual(['requestsUnavailableCount 1']);
  });

  // Goal: thousands of requests may wait for the disk without the events that they came with. Method: collect garbage while one waits.
  it('lets go of the events while the stream stores them', async () => {
    let store = (): void => undefined;
    let event: WeakRef<TallyEvent> | undefined;
    let outcome: Promise<IngestOutcome> | undefined;
    const storing = new Promise<void>((resolve) => (store = resolve));
    const begun = new Promise<void>((resolve) => {
      const { ingest } = anIngest({ stream: { put: () => (resolve(), storing) } });
      const items = decodeRequest({}, Buffer.from(JSON.stringify([anEvent({ id: 'a' })])));
      const [item] = items;
      if (item === undefined || !('event' in item)) throw new Error('a scanned event was wanted');
      event = new WeakRef(item.event);
      outcome = ingest(items);
    });
    await begun;
    await nextTurn();
    collectGarbage();
    expect(event?.deref()).toBeUndefined();
    store();
    expect(await outcome).toEqual({ accepted: 1, rejected: [] });
  });

  it('passes on why a stream takes nothing', async () => {
    const full = new StreamUnavailableError('full', { code: 'backlog_full', retryAfterSeconds: 9 });
    const { ingest } = anIngest({ stream: { put: () => Promise.reject(full) } });
    await expect(ingest(itemsOf(anEvent()))).rejects.toBe(full);
  });

  it.each([
    { why: 'just in time', tookMs: 60_000, isLate: false },
    { why: 'too late', tookMs: 60_001, isLate: true },
  ])('promises nothing that was stored too late: $why', async ({ tookMs, isLate }) => {
    const { ingest, clock } = anIngest({
      stream: {
        put: async () => {
          clock.now += tookMs;
        },
      },
    });
    const failure = await ingest(itemsOf(anEvent())).catch((error: unknown) => error);
    expect(failure instanceof StreamUnavailableError).toBe(isLate);
  });

  it('learns of a seal within a minute, and asks no more often', async () => {
    let reads = 0;
    let sealed: string | null = null;
    const sealedThrough = async () => {
      reads++;
      return sealed;
    };
    const { ingest, clock } = anIngest({ days: { sealedThrough } });
    const codes = async () => (await ingest(itemsOf(anEvent()))).rejected.map(({ code }) => code);
    expect(await codes()).toEqual([]);
    sealed = '2026-11-21';
    clock.now += MINUTE_MS - 1;
    expect(await codes()).toEqual([]);
    expect(reads).toBe(1);
    clock.now += 1;
    expect(await codes()).toEqual(['day_sealed']);
  });

  it('promises nothing when it cannot know which days are sealed', async () => {
    const { ingest } = anIngest({ days: { sealedThrough: () => Promise.reject(new Error('unreachable')) } });
    await expect(ingest(itemsOf(anEvent()))).rejects.toBeInstanceOf(StreamUnavailableError);
  });
});

describe('before it is open', () => {
  it('promises nothing and stores nothing; once open it asks no more', async () => {
    let askedCount = 0;
    const gate = { isOpen: async () => ++askedCount > 1 };
    const { ingest, chunks, metrics } = anIngest({ gate });

    await expect(ingest(itemsOf(anEvent()))).rejects.toMatchObject({
      code: 'ingest_closed',
      retryAfterSeconds: 30,
    });
    expect([chunks, metrics]).toEqual([[], ['requestsUnavailableCount 1']]);

    for (let request = 0; request < 3; request++) await ingest(itemsOf(anEvent()));
    expect([chunks.length, askedCount]).toEqual([3, 2]);
  });

  it('does not take a gate that does not answer for an open one', async () => {
    const gate = { isOpen: () => Promise.reject(new Error('no table')) };
    const { ingest, chunks } = anIngest({ gate });

    await expect(ingest(itemsOf(anEvent()))).rejects.toMatchObject({ code: 'stream_unavailable' });
    expect(chunks).toEqual([]);
  });
});
