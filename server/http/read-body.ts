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
    const pieces: Buffer[] = [];
    let length = 0;
    const take = (piece: Buffer): void => {
      length += piece.length;
      if (length <= bytesMax) {
        pieces.push(piece);
        return;
      }
      // What still comes is read and let go.
      request.off('data', take).resume();
      reject(bodyTooLargeError(`is more than ${bytesMax} bytes`));
    };
    request.on('data', take);
    request.once('end', () => {
      resolve(Buffer.concat(pieces, length));
    });
    request.once('error', reject);
  });
}
