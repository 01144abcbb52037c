import { gunzipSync } from 'node:zlib';
import type { AuditFiles } from '../../core/audit/ports.js';
import { useTarget, type Target } from './use-target.js';

const MIB = 1024 * 1024;

async function* texts(...pieces: string[]): AsyncIterable<string> {
  yield* pieces;
}

/** Lines whose hash can't be told from their number: they hardly compress. */
async function* manyLines(byteCount: number): AsyncIterable<string> {
  let state = 1;
  for (let written = 0; written < byteCount; written += 100) {
    let line = '';
    while (line.length < 99) {
      state = (state * 48_271) % 2_147_483_647;
      line += state.toString(36);
    }
    yield `${line.slice(0, 99)}\n`;
  }
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** @param makeTarget a place for files without any, for each test. */
export function describeAuditFilesContract(
  name: string,
  makeTarget: () => Promise<Target<AuditFiles>>,
): void {
  describe(`${name} as audit files`, () => {
    const target = useTarget(makeTarget);
    const files = () => target().port;

    async function bytesOf(file: string): Promise<Buffer | null> {
      const pieces = await files().read(file);
      if (pieces === null) return null;
      const gathered: Uint8Array[] = [];
      for await (const piece of pieces) gathered.push(piece);
      return Buffer.concat(gathered);
    }
    const textOf = async (file: string): Promise<string | null> =>
      (await bytesOf(file))?.toString('utf8') ?? null;

    it('has no file that was never written', async () => {
      expect(await files().read('dt=2026-11-20/run=1/report.json')).toBeNull();
      expect(await files().list('acts')).toEqual([]);
    });

    it('gives back what was written, byte for byte', async () => {
      await files().write('acts/000000000001.json', texts('{"é"', ':"😀"', '}\n', ''));
      expect(await textOf('acts/000000000001.json')).toBe('{"é":"😀"}\n');
    });

    it('keeps an empty file', async () => {
      await files().write('dt=2026-11-20/run=1/totals.ndjson', texts());
      await files().write('dt=2026-11-20/run=1/drift.tsv.gz', texts());
      expect(await textOf('dt=2026-11-20/run=1/totals.ndjson')).toBe('');
      expect(gunzipSync((await bytesOf('dt=2026-11-20/run=1/drift.tsv.gz')) ?? '').toString()).toBe('');
    });

    it('replaces a file whole', async () => {
      await files().write('a/report.json', texts('a longer text than the next'));
      await files().write('a/report.json', texts('short'));
      expect(await textOf('a/report.json')).toBe('short');
    });

    it('compresses names that end in .gz', async () => {
      await files().write('a/snapshot.tsv.gz', texts('a\t1\n', 'b\t2\n'));
      expect(gunzipSync((await bytesOf('a/snapshot.tsv.gz')) ?? '').toString()).toBe('a\t1\nb\t2\n');
    });

    it.each(['a/totals.ndjson', 'a/snapshot.tsv.gz'])('takes a file of any length: %s', async (file) => {
      await files().write(file, manyLines(20 * MIB));
      const stored = (await bytesOf(file)) ?? Buffer.alloc(0);
      const text = (file.endsWith('.gz') ? gunzipSync(stored) : stored).toString();
      // Not compared by expect: a difference would print megabytes.
      expect(text === (await joined(manyLines(20 * MIB)))).toBe(true);
    });

    it('lists the files of a folder alone, in order, however many', async () => {
      const names = ['000000000003', '000000000001', '000000000002', '000000000010', '000000000005'];
      for (const file of names) await files().write(`acts/${file}.json`, texts(file));
      await files().write('acts/old/000000000004.json', texts('in a folder below'));
      await files().write('acts-of-others/1.json', texts('begins alike'));
      expect(await files().list('acts')).toEqual([...names].sort().map((file) => `acts/${file}.json`));
    });

    it.each(['a/report.json', 'a/snapshot.tsv.gz'])(
      'a write whose text breaks off changes nothing: %s',
      async (file) => {
        await files().write(file, texts('before'));
        const before = await bytesOf(file);
        async function* breaking(): AsyncIterable<string> {
          yield* manyLines(12 * MIB);
          throw new Error('the query failed half-way');
        }
        await expect(files().write(file, breaking())).rejects.toThrow('the query failed half-way');
        expect((await bytesOf(file))?.equals(before ?? Buffer.alloc(0))).toBe(true);
        expect(await files().list('a')).toEqual([file]);
      },
    );
  });
}
