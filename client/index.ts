/**
 * Count events from Node (20.19 or newer) or a browser.
 *
 * @example
 * await using tally = createClient({ url: 'http://127.0.0.1:8787', source: 'web-1' });
 * await tally.count('template.used', { subject: 'T-123' });
 */
export { createClient } from './client.js';
export { ClientError, RefusedError, UnreachableError, UnsentError } from './errors.js';
export type * from './types.js';
