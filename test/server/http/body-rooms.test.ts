import { BodyRooms } from '../../../server/http/body-rooms.js';

const KIB = 1024;

/** Whether two bodies lie in the same memory. */
const areOne = (a: Buffer, b: Buffer): boolean => a.buffer === b.buffer;

it.each([0, 1, 17 * KIB, 32 * KIB, 90_000, 512 * KIB, 512 * KIB + 1, 4096 * KIB])(
  'gives a body of %i bytes exactly so much room',
  (length) => {
    const rooms = new BodyRooms();
    const first = rooms.take(length);
    rooms.release(first);
    expect([first.length, rooms.take(length).length]).toEqual([length, length]);
  },
);

it('gives a room to another body when it was released, of another length, too', () => {
  const rooms = new BodyRooms();
  const first = rooms.take(90_000);
  rooms.release(first);
  expect(areOne(rooms.take(100_000), first)).toBe(true);
});

it('never gives a room to two bodies at once', () => {
  const rooms = new BodyRooms();
  const bodies = Array.from({ length: 20 }, () => rooms.take(90_000));
  for (const body of bodies.slice(0, 10)) rooms.release(body);
  const held = [...bodies.slice(10), ...Array.from({ length: 20 }, () => rooms.take(80_000))];
  expect(new Set(held.map(({ buffer }) => buffer)).size).toBe(held.length);
});

it('takes a room back once, and nothing that is none', () => {
  const rooms = new BodyRooms();
  const body = rooms.take(90_000);
  rooms.release(body);
  rooms.release(body);
  rooms.release(Buffer.alloc(128 * KIB));
  const [first, second] = [rooms.take(90_000), rooms.take(90_000)];
  expect([areOne(first, body), areOne(second, body)]).toEqual([true, false]);
});

it('keeps no room for bodies that are small or rare, and not more than 8 MiB of it', () => {
  const rooms = new BodyRooms();
  for (const length of [10 * KIB, 600 * KIB]) {
    const body = rooms.take(length);
    rooms.release(body);
    expect(areOne(rooms.take(length), body)).toBe(false);
  }
  const bodies = Array.from({ length: 100 }, () => rooms.take(128 * KIB));
  for (const body of bodies) rooms.release(body);
  const kept = new Set(bodies.map(({ buffer }) => buffer));
  const again = Array.from({ length: 100 }, () => rooms.take(128 * KIB));
  expect(again.filter(({ buffer }) => kept.has(buffer))).toHaveLength(64);
});
