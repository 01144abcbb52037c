/** Bodies of other lengths are made and left to be collected: small ones cost little, large ones are rare. */
const ROOM_BYTES_MIN = 32 * 1024;
const ROOM_BYTES_MAX = 512 * 1024;
const SPARE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Room for bodies, used again by others.
 *
 * Bodies are outside of V8's heap, where the more is allocated the more often the heap is marked: a tenth of all that the server does
 * (docs/decisions/hot-path.md).
 */
export class BodyRooms {
  readonly #spare = new Map<number, Buffer[]>();
  #spareBytes = 0;
  /** So that nothing else is ever taken for a room, nor a room given back twice. */
  readonly #taken = new WeakSet<ArrayBufferLike>();

  /** Room for a body of this length, and for no other until it is released, which it need not be. */
  public take(length: number): Buffer {
    if (length <= ROOM_BYTES_MIN / 2 || length > ROOM_BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    const size = Math.max(2 ** Math.ceil(Math.log2(length)), ROOM_BYTES_MIN);
    const room = this.#takeSpare(size) ?? Buffer.allocUnsafeSlow(size);
    this.#taken.add(room.buffer);
    return room.subarray(0, length);
  }

  /** Let another body have the room of this one, of which nothing may be read any more. */
  public release({ buffer }: Buffer): void {
    if (!this.#taken.delete(buffer) || this.#spareBytes + buffer.byteLength > SPARE_BYTES_MAX) return;
    const spare = this.#spare.get(buffer.byteLength) ?? [];
    spare.push(Buffer.from(buffer));
    this.#spare.set(buffer.byteLength, spare);
    this.#spareBytes += buffer.byteLength;
  }

  #takeSpare(size: number): Buffer | undefined {
    const room = this.#spare.get(size)?.pop();
    if (room !== undefined) this.#spareBytes -= size;
    return room;
  }
}
