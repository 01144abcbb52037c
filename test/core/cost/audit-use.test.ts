import {
  auditRunUse,
  expectAuditUse,
  queryBytes,
  REPORT,
  SEAL,
  totalsWriteUnits,
  type AuditedDay,
} from '../../../core/cost/audit-use.js';

const KB = 1_024;
const MB = KB * KB;
const GB = KB * MB;

/** Round figures, so that each line can be reckoned by hand. */
const day = (given: Partial<AuditedDay> = {}): AuditedDay => ({
  typeCount: 1,
  journalBytes: 100 * 8 * KB,
  journalCount: 100,
  newestIncrementCount: 1_000,
  counterTableBytes: 4 * GB,
  snapshotRowCount: 1_000_000,
  totalCount: 990,
  totalBytes: 990 * 300,
  archivedBytes: 10 * GB,
  receiptBytes: GB,
  objectCount: 200,
  ...given,
});

describe('what an audit reads of the tables', () => {
  it('is, by hand: newest entries, journals, shards, and before a total is written, the one before', () => {
    const settling = 1_000 * 0.5;
    const journals = 100 * 2;
    const shards = (4 * GB) / (4 * KB) / 2;
    expect(auditRunUse(day(), REPORT).readUnits).toBe(settling + journals + shards);
    expect(auditRunUse(day(), SEAL).readUnits).toBe(settling + journals + shards + 990);
  });

  it('asks for each journal, also where there is none', () => {
    expect(
      auditRunUse(day({ journalBytes: 0, newestIncrementCount: 0, counterTableBytes: 0 }), REPORT).readUnits,
    ).toBe(100 + 0.5);
  });
});

describe('what a seal writes', () => {
  // 990 totals of one unit, ten transactions with a condition each, one type's item of 4 KB: all of it twice.
  it('is billed twice, as transactions are, with a fence for each 99 totals', () => {
    expect(totalsWriteUnits(day())).toBe(2 * (990 + 10 + 4));
    expect(totalsWriteUnits(day({ totalCount: 991, totalBytes: 991 * 300 }))).toBe(2 * (991 + 11 + 4));
  });

  it('is two units more per counter where totals are above 1 KB', () => {
    expect(totalsWriteUnits(day({ totalBytes: 990 * 1_025 }))).toBe(2 * (2 * 990 + 10 + 4));
  });

  it('is nothing in a report', () => {
    expect(auditRunUse(day(), REPORT).totalsWriteUnits).toBe(0);
  });
});

describe('what Athena scans', () => {
  // 10 GB a day are staged as 10.8 GB of Parquet; a million rows of the snapshot are 12 MB.
  const snapshot = 12e6;
  const staged = 10.8 * GB;

  it('is, for a seal, 4.125 days of files to stage, then the staged day, receipts and snapshot', () => {
    const scanned = queryBytes(day(), SEAL);
    const expected = [
      4.125 * 10 * GB,
      0.1 * staged,
      3 * 0.95 * staged + snapshot,
      0.04 * staged + 2 * 4.125 * GB,
      snapshot,
      2 * snapshot,
    ];
    expect(scanned).toHaveLength(expected.length);
    scanned.forEach((bytes, index) => expect(bytes / (expected[index] ?? 0)).toBeCloseTo(1, 9));
  });

  it('is, for a report, fewer days and no totals', () => {
    expect(queryBytes(day(), REPORT)).toHaveLength(4);
    expect(queryBytes(day(), REPORT)[0]).toBe(2.125 * 10 * GB);
  });

  it('is at least 10 MB for each of the ten queries', () => {
    const empty = day({ archivedBytes: 0, receiptBytes: 0, snapshotRowCount: 0 });
    expect(expectAuditUse(empty).athenaTb * 1_024 * GB).toBeCloseTo(10 * 10 * MB, 3);
  });
});

describe('both runs of a day', () => {
  it('add up in every line', () => {
    const [seal, report, both] = [
      auditRunUse(day(), SEAL),
      auditRunUse(day(), REPORT),
      expectAuditUse(day()),
    ];
    for (const name of Object.keys(both) as (keyof typeof both)[])
      expect(both[name]).toBe(seal[name] + report[name]);
  });

  it('keep working files for a week and totals for a month, at least', () => {
    const { s3GbMonths } = expectAuditUse(day());
    const work = 2 * (10.8 * GB + 12e6) * (168 / 730);
    expect(s3GbMonths).toBeCloseTo((work + 990 * 250) / GB, 9);
  });

  it('read each file of the days that they look at', () => {
    // 6.25 days of 200 files; 43.2 files of 256 MB are staged, and read three times, in each run; and what is small.
    const { s3Gets } = expectAuditUse(day());
    expect(s3Gets).toBeCloseTo(6.25 * 200 + 2 * 3 * 43.2 + 2 * 42 + 10, 6);
  });
});
