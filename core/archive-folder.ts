import { dayOf, formatInstant } from './time.js';

/** Where the archive keeps the events that arrived in an hour: `events/dt=2026-11-21/hour=09/`. */
export const archiveFolder = (atMs: number): string =>
  `events/dt=${dayOf(atMs)}/hour=${formatInstant(atMs).slice(11, 13)}/`;
