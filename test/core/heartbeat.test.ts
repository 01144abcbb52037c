import { readArchiveLines } from '../../core/archive-line.js';
import { isControlType, makeMarkerChunk, readMarker } from '../../core/audit/marker.js';
import { decodeChunk } from '../../core/chunk.js';
import type { ArchivedEvent } from '../../core/event.js';
import { heartbeatStripesIn, makeHeartbeatChunk } from '../../core/heartbeat.js';
import { archived } from '../support/archived.js';

const NOW_MS = Date.parse('2026-11-21T09:15:02.120Z');

function onlyEventOf(bytes: Uint8Array): ArchivedEvent {
  const decoded = decodeChunk(bytes);
  const events: ArchivedEvent[] = [];
  if ('lines' in decoded)
    readArchiveLines(decoded.lines, {
      onEvent: (event) => events.push(archived(event)),
      onBadLine: () => undefined,
    });
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`${events.length} events`);
  return event;
}

it('is a control line of its stripe: never counted, and no marker of a day', async () => {
  const chunk = await makeHeartbeatChunk(3, NOW_MS);
  const event = onlyEventOf(chunk.bytes);
  expect(chunk).toMatchObject({ stripe: 3, eventCount: 0, valueSum: 0 });
  expect(isControlType(event.type)).toBe(true);
  expect(readMarker(event)).toBeNull();
});

it('is found in a file of many chunks, and nothing else is', async () => {
  const chunks = [
    await makeHeartbeatChunk(0, NOW_MS),
    await makeMarkerChunk({ day: '2026-11-20', stripe: 1 }, { runNumber: 1, nowMs: NOW_MS }),
    await makeHeartbeatChunk(2, NOW_MS),
  ];
  expect(heartbeatStripesIn(Buffer.concat(chunks.map(({ bytes }) => bytes)))).toEqual([0, 2]);
  expect(heartbeatStripesIn(Buffer.from('no gzip'))).toEqual([]);
});
