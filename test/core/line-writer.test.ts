import { formatArchiveLine } from '../../core/archive-line.js';
import { LineWriter } from '../../core/line-writer.js';
import { makeChunks } from '../../core/make-chunks.js';
import { decodeChunk } from '../../core/chunk.js';
import { stamp, tallyEvent } from '../factories.js';

const lineOf = (id: string): string => `${formatArchiveLine(tallyEvent({ id }), stamp())}\n`;

function writerOf(id: string): LineWriter {
  const writer = new LineWriter(stamp());
  writer.write(tallyEvent({ id }), stamp().position);
  return writer;
}

// Goal: two writers at a time do not write over each other's lines. Method: after one has let go of its room, two begin before either is read.
it('gives each writer room of its own', () => {
  writerOf('before').release();
  const [first, second] = [writerOf('first'), writerOf('second')];
  expect([first.bytes.toString(), second.bytes.toString()]).toEqual([lineOf('first'), lineOf('second')]);
});

it('writes a chunk into room that had a longer one before', () => {
  const ofIds = (...ids: string[]): string => {
    const [chunk] = makeChunks(
      ids.map((id) => tallyEvent({ id })),
      { stripe: 0, receivedAtMs: stamp().receivedAtMs, makeChunkId: () => stamp().chunkId },
    );
    const decoded = decodeChunk(chunk?.bytes ?? Buffer.alloc(0));
    if ('problem' in decoded) throw new Error(decoded.problem);
    return Buffer.from(decoded.lines).toString();
  };
  const linesOf = (...ids: string[]): string =>
    ids.map((id, position) => `${formatArchiveLine(tallyEvent({ id }), stamp({ position }))}\n`).join('');
  const many = Array.from({ length: 50 }, (_, index) => `id-${index}`);
  expect([ofIds(...many), ofIds('a', 'b')]).toEqual([linesOf(...many), linesOf('a', 'b')]);
});
