import type { IncomingMessage } from 'node:http';
import { bodyTooLargeError } from '../../core/body.js';
import type { BodyRooms } from './body-rooms.js';

/**
 * A request's body, as it was sent, in one of the rooms if it says how long it is. What goes beyond `bytesMax` is not kept.
 *
 * @throws {TallyError} `body_too_large`: before anything is read, if the request says so itself.
 * @throws {Error} the client left in the middle: nobody waits for an answer.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
  rooms: BodyRooms,
): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (Number(declared) > bytesMax) throw bodyTooLargeError(`is ${declared} bytes`);
  return new Promise((resolve, reject) => {
    const body = new Gathered(declared === undefined ? undefined : () => rooms.take(Number(declared)));
    const take = (piece: Buffer): void => {
      if (body.length + piece.length <= bytesMax) {
        body.add(piece);
        return;
      }
      // What still comes is read and let go.
      request.off('data', take).resume();
      reject(bodyTooLargeError(`is more than ${bytesMax} bytes`));
    };
    request.on('data', take);
    request.once('end', () => {
      resolve(body.whole());
    });
    request.once('error', reject);
  });
}

/**
 * The pieces of a body. If there is room for it, each is copied when it comes, and let go of: pieces that wait for the last one would
 * outlive a collection, which costs a twentieth of all that ingest costs.
 */
class Gathered {
  public length = 0;
  readonly #pieces: Buffer[] = [];
  #room: Buffer | undefined;

  /** @param takeRoom called when the first piece comes: a client that sends none costs nothing. */
  public constructor(private readonly takeRoom: (() => Buffer) | undefined) {}

  public add(piece: Buffer): void {
    if (this.takeRoom === undefined) this.#pieces.push(piece);
    else (this.#room ??= this.takeRoom()).set(piece, this.length);
    this.length += piece.length;
  }

  public whole(): Buffer {
    return this.#room?.subarray(0, this.length) ?? Buffer.concat(this.#pieces, this.length);
  }
}
