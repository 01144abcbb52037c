import type { Chunk, StreamWriter } from '../../core/ports.js';
import { useTarget } from './use-target.js';

export interface StreamWriterTarget {
  readonly writer: StreamWriter;
  /** The bytes of every chunk in the stream, in any order. */
  readBack(): Promise<Uint8Array[]>;
  dispose(): Promise<void>;
}

export const chunk = (given: Partial<Chunk> = {}): Chunk => ({
  chunkId: 'chunk-1',
  stripe: 0,
  receivedAtMs: Date.parse('2026-11-21T09:15:02.120Z'),
  bytes: Buffer.from('some bytes'),
  eventCount: 1,
  valueSum: 1,
  ...given,
});

const numbered = (index: number): Chunk =>
  chunk({ chunkId: `chunk-${index}`, stripe: index % 4, bytes: Buffer.from(`bytes of ${index}`) });

const texts = (all: readonly Uint8Array[]): string[] =>
  all.map((bytes) => Buffer.from(bytes).toString('hex')).sort();

/** @param makeTarget an empty stream of four stripes, for each test. */
export function describeStreamWriterContract(
  name: string,
  makeTarget: () => Promise<StreamWriterTarget>,
): void {
  describe(`${name} as a stream writer`, () => {
    const target = useTarget(makeTarget);
    const expectInStream = async (chunks: readonly Chunk[]) =>
      expect(texts(await target().readBack())).toEqual(texts(chunks.map(({ bytes }) => bytes)));

    it('puts nothing when given nothing', async () => {
      await target().writer.put([]);
      await expectInStream([]);
    });

    it('has every byte of every chunk when it resolves', async () => {
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const chunks = [chunk({ bytes: every }), numbered(1), numbered(2)];
      await target().writer.put(chunks);
      await expectInStream(chunks);
    });

    it('has everything of 200 requests at the same time', async () => {
      const requests = Array.from({ length: 200 }, (_, index) => [
        numbered(2 * index),
        numbered(2 * index + 1),
      ]);
      await Promise.all(requests.map((chunks) => target().writer.put(chunks)));
      await expectInStream(requests.flat());
    });

    it('takes a chunk that is a view into a larger buffer', async () => {
      const larger = Buffer.from('before|the chunk|after');
      await target().writer.put([chunk({ bytes: new Uint8Array(larger.buffer, larger.byteOffset + 7, 9) })]);
      await expectInStream([chunk({ bytes: Buffer.from('the chunk') })]);
    });

    it('takes a chunk of the largest size', async () => {
      const largest = chunk({ bytes: Buffer.alloc(1_000_000, 'x') });
      await target().writer.put([largest]);
      await expectInStream([largest]);
    });
  });
}
