import type { IncomingMessage } from 'node:http';
import { bodyTooLargeError } from '../../core/body.js';

/**
 * A request's body, as it was sent. What goes beyond `bytesMax` is not kept.
 *
 * @throws {TallyError} `body_too_large`: before anything is read, if the request says so itself.
 * @throws {Error} the client left in the middle: nobody waits for an answer.
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (Number(declared) > bytesMax) throw bodyTooLargeError(`is ${declared} bytes`);
  return new Promise((resolve, reject) => {
    const body = new Gathered(declared === undefined ? undefined : Number(declared));
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
 * The pieces of a body. If its length is known, each is copied when it comes, and let go of: pieces that wait for the last one would
 * outlive a collection, which costs a twentieth of all that ingest costs.
 */
class Gathered {
  public length = 0;
  readonly #pieces: Buffer[] = [];
  #whole: Buffer | undefined;

  public constructor(private readonly lengthExpected: number | undefined) {}

  public add(piece: Buffer): void {
    if (this.lengthExpected === undefined) this.#pieces.push(piece);
    else (this.#whole ??= Buffer.allocUnsafeSlow(this.lengthExpected)).set(piece, this.length);
    this.length += piece.length;
  }

  public whole(): Buffer {
    return this.#whole?.subarray(0, this.length) ?? Buffer.concat(this.#pieces, this.length);
  }
}
