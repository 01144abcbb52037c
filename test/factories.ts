/** Builders of test data: every field has a harmless default, so a test states only what it is about. */
import type { ArchivedEvent, Stamp, TallyEvent } from '../core/event.js';
import { counterOf } from '../core/event.js';

export const NOON_MS = Date.parse('2026-11-21T12:00:00.000Z');

export function tallyEvent(given: Partial<TallyEvent> = {}): TallyEvent {
  const type = given.type ?? 'page.viewed';
  const subject = given.subject ?? '/home';
  return {
    id: 'e1',
    source: 'web-1',
    type,
    subject,
    partitionKey: counterOf(type, subject),
    timeMs: NOON_MS,
    value: 1,
    restJson: '',
    ...given,
  };
}

export const stamp = (given: Partial<Stamp> = {}): Stamp => ({
  receivedAtMs: NOON_MS + 1_000,
  chunkId: 'chunk-1',
  position: 0,
  ...given,
});

export function archivedEvent(given: Partial<ArchivedEvent> = {}): ArchivedEvent {
  const { restJson: _, ...event } = tallyEvent(given);
  return { ...event, ...stamp(given) };
}
