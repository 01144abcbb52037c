import type { ArchivedEvent } from '../../core/event.js';

/** An event with nothing but what it is, however it was read: for comparing. */
export const archived = (event: ArchivedEvent): ArchivedEvent => ({
  id: event.id,
  source: event.source,
  type: event.type,
  subject: event.subject,
  partitionKey: event.partitionKey,
  timeMs: event.timeMs,
  value: event.value,
  receivedAtMs: event.receivedAtMs,
  chunkId: event.chunkId,
  position: event.position,
});
