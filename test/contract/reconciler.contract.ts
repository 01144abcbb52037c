import { gzipSync } from 'node:zlib';
import type { Reconciler } from '../../core/audit/reconciler.js';
import type { WorkTable } from '../../core/audit/run.js';
import { identityOf } from '../../core/identity.js';
import { ARCHIVED_DAY as DAY, archivedLine, markerLine } from '../support/archived-line.js';
import { collect } from '../support/collect.js';
import { useTarget, type Target } from './use-target.js';

export const RECONCILED_RUN = { day: DAY, runNumber: 3 };

/** The day's data, as the engine keeps it. */
export interface ReconcilerTarget extends Target<Reconciler> {
  /** A file of the archive, as it came. */
  putArchive(name: string, bytes: Uint8Array): Promise<void>;
  putReceipts(lines: readonly string[]): Promise<void>;
  /** Tab-separated rows of the run. */
  putRunFile(table: WorkTable, rows: string): Promise<void>;
}

const HOUR = `${DAY}T09`;
const MINUTE = `${HOUR}:15`;

const zipped = (lines: readonly string[]): Buffer => gzipSync(lines.map((line) => `${line}\n`).join(''));
const tsv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.join('\t')}\n`).join('');

/** What journals and counters say of an hour alike. */
const counted = (counter: string, value: number, events: number, hour = HOUR): (string | number)[][] => [
  [counter, hour, value, events, 0, 0],
  [counter, hour, 0, 0, value, events],
];

/** A journal's row of ids for a line of the archive. */
function journaled(line: string): string[] {
  const { source, id, type, subject, partitionkey } = JSON.parse(line) as Record<string, string>;
  const identity = identityOf({
    source: source ?? '',
    id: id ?? '',
    type: type ?? '',
    subject: subject ?? '',
    partitionKey: partitionkey ?? '',
  });
  return [HOUR, MINUTE, Buffer.from(identity).toString('hex').toUpperCase()];
}

/** @param makeTarget a run of `RECONCILED_RUN` over nothing, for each test. */
export function describeReconcilerContract(name: string, makeTarget: () => Promise<ReconcilerTarget>): void {
  describe(`${name} as reconciler`, () => {
    const target = useTarget(makeTarget);
    const archive = (lines: readonly string[], file = 'a.ndjson.gz'): Promise<void> =>
      target().putArchive(file, zipped(lines));
    const snapshot = (rows: readonly (readonly (string | number)[])[]): Promise<void> =>
      target().putRunFile('snapshot', tsv(rows));
    const port = (): Reconciler => target().port;

    it('finds three witnesses that agree, and a receipt that is kept', async () => {
      await archive([
        archivedLine('1'),
        archivedLine('2', { value: -5, subject: 's', position: 1 }),
        markerLine(0),
      ]);
      await target().putReceipts([
        JSON.stringify({ chunk: 'c1', hour: HOUR, events: 2, value: -4, failed: 3 }),
      ]);
      await snapshot([...counted('used', -4, 2), ...counted('used/s', -5, 1)]);

      expect(await port().stage()).toEqual({
        lineCount: 3,
        eventLineCount: 2,
        badLineCount: 0,
        markedStripes: [0],
      });
      const { totals, drift } = await port().reconcile();
      expect(drift).toEqual([]);
      const all = { value: -9, events: 3 };
      expect(totals).toMatchObject({ counterHourCount: 2, archived: all, journaled: all, counted: all });
      expect(await port().checkReceipts()).toEqual({
        totals: {
          receipted: { value: -4, events: 2 },
          archived: { value: -4, events: 2 },
          unwitnessedChunkCount: 0,
          failedReceiptCount: 3,
        },
        incomplete: [],
      });
    });

    it('has its totals row also for a day without anything', async () => {
      await snapshot([]);
      const zero = { value: 0, events: 0 };
      expect(await port().stage()).toEqual({
        lineCount: 0,
        eventLineCount: 0,
        badLineCount: 0,
        markedStripes: [],
      });
      expect((await port().reconcile()).totals).toMatchObject({
        counterHourCount: 0,
        archived: zero,
        journaled: zero,
        counted: zero,
      });
      expect((await port().checkReceipts()).totals.receipted).toEqual(zero);
      await target().putRunFile('corrections', '');
      expect(await collect(port().totals())).toEqual([]);
      expect(await collect(port().topSubjects(10))).toEqual([]);
    });

    it('names each counter and hour that differs, and no other', async () => {
      await archive([archivedLine('1'), archivedLine('2', { position: 1 })]);
      await snapshot([...counted('used', 2, 2), ['used', HOUR, 0, 0, 1, 0], ...counted('phantom', 4, 1)]);
      await port().stage();

      const { drift } = await port().reconcile();
      expect([...drift].sort((a, b) => (a.counter < b.counter ? -1 : 1))).toMatchObject([
        { counter: 'phantom', archived: { value: 0, events: 0 }, journaled: { value: 4, events: 1 } },
        {
          counter: 'used',
          hour: HOUR,
          archived: { value: 2, events: 2 },
          journaled: { value: 2, events: 2 },
          counted: { value: 3, events: 2 },
        },
      ]);
    });

    it('finds ids that were never counted and ids that were never archived, by hour and minute', async () => {
      const [kept, missed, lost] = [
        archivedLine('1'),
        archivedLine('2', { value: 7, position: 1 }),
        archivedLine('3', { position: 2 }),
      ];
      await archive([kept, missed]);
      await snapshot(counted('used', 2, 2));
      await target().putRunFile('journalIds', tsv([journaled(kept), journaled(lost)]));
      await target().putRunFile('drift', tsv([['used', HOUR]]));
      await port().stage();

      expect(await port().compareIds([HOUR, `${DAY}T10`])).toEqual({
        hours: [
          { hour: HOUR, missingCount: 1, extraCount: 1 },
          { hour: `${DAY}T10`, missingCount: 0, extraCount: 0 },
        ],
        minutes: [
          {
            counter: 'used',
            minute: MINUTE,
            archived: { value: 8, events: 2 },
            archivedValueMin: 8,
            archivedValueMax: 8,
            missing: { value: 7, events: 1 },
          },
        ],
      });
    });

    it('lets the smallest (receivedat, chunk, position) win where bodies differ', async () => {
      await archive([
        archivedLine('1', { value: 9, position: 12, chunk: 'c0', receivedat: `${DAY}T09:15:04.000Z` }),
        archivedLine('1', { value: 5, position: 10 }),
        archivedLine('1', { value: 8, position: 9 }),
      ]);
      await snapshot(counted('used', 5, 1));
      await port().stage();

      const { drift } = await port().reconcile();
      expect(drift).toMatchObject([
        { archived: { value: 8, events: 1 }, archivedValueMin: 5, archivedValueMax: 9 },
      ]);
    });

    it('counts and passes by lines that can not be read', async () => {
      await archive([
        archivedLine('1'),
        'not JSON',
        archivedLine('2').slice(0, -20),
        archivedLine('3', { value: 1.5 }),
        archivedLine('4').replace('"4"', '"\\ud800"'),
        markerLine(0),
        markerLine(1),
        markerLine(2, '2026-11-19'),
      ]);
      const { markedStripes, ...counts } = await port().stage();
      expect(counts).toEqual({ lineCount: 7, eventLineCount: 1, badLineCount: 4 });
      expect([...markedStripes].sort()).toEqual([0, 1]);
    });

    it('reads gzip of many members, and counts a file that is there twice once', async () => {
      const members = [
        [archivedLine('1')],
        [archivedLine('2', { position: 1 }), archivedLine('3', { position: 2 })],
      ];
      const bytes = Buffer.concat(members.map(zipped));
      await target().putArchive('a.ndjson.gz', bytes);
      await target().putArchive('b.ndjson.gz', bytes);
      await target().putReceipts([
        JSON.stringify({ chunk: 'c1', hour: HOUR, events: 3, value: 3, failed: 0 }),
        JSON.stringify({ chunk: 'c1', hour: HOUR, events: 3, value: 3, failed: 0 }),
      ]);
      await snapshot(counted('used', 3, 3));

      expect((await port().stage()).eventLineCount).toBe(6);
      expect((await port().reconcile()).drift).toEqual([]);
      expect((await port().checkReceipts()).incomplete).toEqual([]);
    });

    it('never takes a file for whole that is cut off: it fails, or shows what it could not read', async () => {
      const bytes = zipped(Array.from({ length: 1_000 }, (_, at) => archivedLine(`${at * 7_919}`)));
      await target().putArchive('a.ndjson.gz', bytes.subarray(0, bytes.length - 100));
      const staged = await port()
        .stage()
        .catch((error: unknown) => error);
      expect(staged).toMatchObject(staged instanceof Error ? { code: 'audit_failed' } : { badLineCount: 1 });
    });

    it('fails on a file that is no gzip', async () => {
      await target().putArchive('a.ndjson.gz', Buffer.from('not gzip at all'));
      await expect(port().stage()).rejects.toMatchObject({ code: 'audit_failed' });
    });

    it('names the chunks that a receipt knows and the archive lacks, and counts those that no receipt knows', async () => {
      await archive([archivedLine('1'), archivedLine('2', { chunk: 'c2' })]);
      await target().putReceipts([
        JSON.stringify({ chunk: 'c1', hour: HOUR, events: 2, value: 2, failed: 0 }),
      ]);
      await port().stage();

      const { totals, incomplete } = await port().checkReceipts();
      expect(totals.unwitnessedChunkCount).toBe(1);
      expect(incomplete).toEqual([
        {
          chunkId: 'c1',
          hour: HOUR,
          receipted: { value: 2, events: 2 },
          archived: { value: 1, events: 1 },
        },
      ]);
    });

    it('gives totals by the UTF-8 bytes of the counter, whatever is in its name', async () => {
      // UTF-16 would put the emoji before the fullwidth tilde.
      const names = [
        'used',
        `used/"it's" \\N`,
        'used/,',
        'used/z',
        'used/é',
        'used/\uff5e',
        'used/\u{1f600}',
      ];
      const rows = names.flatMap((counter) => counted(counter, 2, 1));
      await snapshot([...rows].reverse());
      await target().putRunFile(
        'corrections',
        tsv([
          ['used/z', HOUR, -2, -1],
          ['used/,', HOUR, -5, 1],
        ]),
      );

      await port().stage();
      await port().reconcile();
      const totals = await collect(port().totals());
      const expected = names.filter((counter) => counter !== 'used/z');
      expect(totals.map(({ counter }) => counter)).toEqual(
        [...expected].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
      expect(totals.find(({ counter }) => counter === 'used/,')?.sum).toEqual({ value: -3, events: 2 });
    });

    it('ranks the subjects of each type', async () => {
      await snapshot([
        ...counted('used', 10, 4),
        ...counted('used/a', 1, 1),
        ...counted('used/b/c', 7, 2),
        ...counted('used/d', 2, 1),
        ...counted('viewed/x', -1, 1),
      ]);
      await target().putRunFile('corrections', tsv([['used/a', HOUR, 3, 0]]));
      await port().stage();
      await port().reconcile();
      await collect(port().totals());
      expect(await collect(port().topSubjects(2))).toEqual([
        { type: 'used', subject: 'b/c', sum: { value: 7, events: 2 } },
        { type: 'used', subject: 'a', sum: { value: 4, events: 1 } },
        { type: 'viewed', subject: 'x', sum: { value: -1, events: 1 } },
      ]);
    });

    it('refuses a sum that a number can not hold exactly', async () => {
      await archive([]);
      await snapshot(counted('used', 2 ** 53 - 1, 1).concat(counted('used', 2, 1)));
      await port().stage();
      await expect(port().reconcile()).rejects.toMatchObject({ code: 'audit_failed' });
    });

    it.each(['used\t2026', `used\t${HOUR}\t1\t1\tx\t1\n`])(
      'refuses a torn row of its own: %j',
      async (row) => {
        await archive([]);
        await target().putRunFile('snapshot', tsv(counted('used', 1, 1)) + row);
        await port().stage();
        await expect(port().reconcile()).rejects.toThrow();
      },
    );
  });
}
