/** A line of the archive, as ingest writes it: every attribute has a harmless value, so each test says only what it is about. */
export const ARCHIVED_DAY = '2026-11-20';

export const archivedLine = (id: string, given: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'web',
    type: 'used',
    subject: '',
    partitionkey: 'used',
    time: `${ARCHIVED_DAY}T09:15:02.120Z`,
    value: 1,
    receivedat: `${ARCHIVED_DAY}T09:15:03.000Z`,
    chunk: 'c1',
    position: 0,
    ...given,
  });

export const markerLine = (stripe: number, day = ARCHIVED_DAY): string =>
  archivedLine(`marker-${stripe}`, { type: '$marker', subject: `${day}/${stripe}`, value: 0 });
