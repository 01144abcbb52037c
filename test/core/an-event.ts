/** A valid candidate event; each test states only what it is about. `undefined` removes an attribute. */
export function anEvent(given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const event: Record<string, unknown> = {
    specversion: '1.0',
    id: 'id-1',
    source: 'web-1',
    type: 'page.viewed',
    subject: '/home',
    time: '2026-11-21T09:15:02.120Z',
    ...given,
  };
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined));
}
