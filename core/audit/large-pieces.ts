const PIECE_LENGTH_MIN = 64 * 1024;

/** Text in pieces of at least 64 Ki characters, as bytes: a call per row would cost more than the row. */
export async function* inLargePieces(pieces: AsyncIterable<string>): AsyncIterable<Buffer> {
  let gathered = '';
  for await (const piece of pieces) {
    gathered += piece;
    if (gathered.length < PIECE_LENGTH_MIN) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  if (gathered !== '') yield Buffer.from(gathered);
}
