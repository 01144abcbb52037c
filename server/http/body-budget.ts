import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamUnavailableError } from '../../core/errors.js';

/** Bytes of bodies that may be on their way at once, over all connections. Parsed, they take some times as much. */
export const BODIES_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Bounds what requests may make the server hold. The limit of one body bounds one connection; this bounds them all.
 *
 * A body that does not say its length counts as the longest one accepted. Small requests hardly notice each other: it
 * takes sixteen of the largest, or thousands of the usual ones, to be answered 503.
 */
export class BodyBudget {
  #bytes = 0;

  public constructor(private readonly bytesMax = BODIES_BYTES_MAX) {}

  /**
   * Book a request's body, before it is read, until its connection is done with it.
   *
   * @throws {StreamUnavailableError} `backlog_full`: too much is on its way already.
   */
  public book({ headers }: IncomingMessage, response: ServerResponse, bodyLimit: number): void {
    const declared = Number(headers['content-length'] ?? bodyLimit);
    const bytes = Math.min(Number.isFinite(declared) ? declared : bodyLimit, bodyLimit);
    if (this.#bytes + bytes > this.bytesMax) {
      throw new StreamUnavailableError(
        `${this.#bytes} bytes of other requests are on their way, at most ${this.bytesMax} are taken at once; send it again`,
        { code: 'backlog_full' },
      );
    }
    this.#bytes += bytes;
    // Closed comes once for every response, also for one that its client did not wait for.
    response.once('close', () => (this.#bytes -= bytes));
  }
}
