import { AUDIT_MUTANTS } from './audit/audit-mutants.js';
import type { Edit } from './bundle.js';

/** A deliberate breakage: one rule, left out of the real source. The simulation must notice. */
export interface Mutant {
  readonly name: string;
  /** The rule that it breaks, in words. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  /** The simulation must catch it within this many seeds, from seed 1. */
  readonly seeds: number;
  /**
   * `outcome`: caught by what a user or an operator would see, with checks of the protocol's own rules switched off.
   * `rule`: harmless as long as every other rule holds, so the broken rule itself is what is looked for.
   */
  readonly caughtBy: 'outcome' | 'rule';
}

const COMMIT = 'core/count/commit-group.ts';
const DRAFT = 'core/count/draft-entry.ts';
const CATCH_UP = 'core/count/catch-up.ts';
const FILTER = 'core/count/journal-filter.ts';
const KNOWLEDGE = 'core/count/journal-knowledge.ts';
const DAY_BOOK = 'core/count/day-book.ts';
const JOURNALS = 'test/simulation/simulated-journals.ts';
const COUNTERS = 'test/simulation/simulated-counters.ts';

const COUNTING_MUTANTS: readonly Mutant[] = [
  {
    name: 'settle',
    rule: 'The newest entry is settled before another one is appended.',
    edits: [
      {
        file: COMMIT,
        find: 'if (await settle(shardsOfOthers(ports, commit), commit)) report.settledForOthersCount++;',
        replace: '',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'lsn-condition',
    rule: 'An increment is applied only to a shard whose lsn is below its entry.',
    edits: [
      {
        file: COUNTERS,
        find: "if ((before?.lsns.get(slice) ?? 0) >= number) return 'known';",
        replace: '',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'append-condition',
    rule: 'An entry is appended only if none has its number.',
    edits: [{ file: JOURNALS, find: "if (entries.has(entry.number)) return 'exists';", replace: '' }],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'ids-before-append',
    rule: 'Ids become known only when their entry was read, or its append answered success.',
    edits: [
      {
        file: COMMIT,
        find: '    const outcome = await ports.journals.append(',
        replace: '    knowledge.assume(draft.entry.ids);\n    const outcome = await ports.journals.append(',
      },
      {
        file: KNOWLEDGE,
        find: '    let toAsk = NONE;',
        replace: '    let toAsk = NONE;\n    if (this.#index.placesOf(ids, at).includes(0)) return true;',
      },
      {
        file: KNOWLEDGE,
        find: '  #take(entry: NumberedEntry): void {',
        replace:
          '  public assume(ids: Uint8Array): void {\n    this.#index.addAll(idWordsOf(ids), 0);\n  }\n\n' +
          '  #take(entry: NumberedEntry): void {',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'unknown-append-is-success',
    rule: 'An append whose outcome is unknown is neither a success nor a failure: the journal is read again.',
    edits: [
      {
        file: COMMIT,
        find: 'if (isLastRound) throw error;',
        replace: 'knowledge.learn({ ...draft.entry, number }); return true;',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'leftovers',
    rule: 'A handler returns only when every promise it started has settled.',
    edits: [
      {
        file: 'core/for-each-settled.ts',
        find: 'await activity(item).catch((failure: unknown) => failures.push(failure));',
        replace: 'await activity(item);',
      },
    ],
    seeds: 20,
    caughtBy: 'rule',
  },
  {
    name: 'mutex',
    rule: 'In one process, one activity at a time works on a journal.',
    edits: [
      {
        file: 'core/count/count.ts',
        find: 'await this.#mutex.run(journalNameText(group.journal), () =>\n      commitGroup(this.ports, { ...commit, knowledge: this.#cache.get(group.journal) }),\n    );',
        replace: 'await commitGroup(this.ports, { ...commit, knowledge: this.#cache.get(group.journal) });',
      },
    ],
    seeds: 100,
    caughtBy: 'outcome',
  },
  {
    name: 'split-unsettled',
    rule: 'A group too big for one entry becomes several, each appended only after the one before is applied.',
    edits: [
      {
        file: COMMIT,
        find: 'if (await settle(shardsOfOthers(ports, commit), commit)) report.settledForOthersCount++;',
        replace:
          'if (from === 0 && (await settle(shardsOfOthers(ports, commit), commit))) report.settledForOthersCount++;',
      },
      {
        file: COMMIT,
        find: '    await settle(ports.shards, commit);\n  }\n  const hasAppended',
        replace:
          '    if (draft.entry.eventCount > 0 && commit.knowledge.newest !== null) unapplied.push(commit.knowledge.newest);\n' +
          '  }\n' +
          '  for (const entry of unapplied)\n' +
          '    await ports.shards.apply(commit.knowledge.journal, entry.number, entry.increments, commit.expiresAtMs);\n' +
          '  const hasAppended',
      },
      {
        file: COMMIT,
        find: '  let coveredCount = 0;',
        replace:
          '  let coveredCount = 0;\n  const unapplied: NonNullable<JournalKnowledge["newest"]>[] = [];',
      },
    ],
    seeds: 50,
    caughtBy: 'outcome',
  },
  {
    name: 'increment-per-minute',
    rule: 'An entry holds exactly one increment per counter shard, with all its minutes.',
    edits: [
      {
        file: DRAFT,
        find: 'increments.push({ counter: name, minutes: this.#minutesOf(counter) });',
        replace:
          'for (const minute of this.#minutesOf(counter)) increments.push({ counter: name, minutes: [minute] });',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'net-zero-dropped',
    rule: 'A minute with events is incremented, also when its value nets to zero.',
    edits: [{ file: DRAFT, find: 'if (events > 0)', replace: 'if (this.#values[cell] !== 0)' }],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'identity-too-small',
    rule: 'Identity is source, id, type, subject and partition key, not source and id only.',
    edits: [
      {
        file: 'core/identity.ts',
        find: 'after: `\\n${type}\\n${subject}\\n${partitionKey}`',
        replace: "after: ''",
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'ack-before-stream',
    rule: 'A request is acknowledged only when every chunk of it is in the stream.',
    edits: [
      {
        file: 'core/ingest.ts',
        find: 'await stream.put(chunks);',
        replace: 'void stream.put(chunks).catch(() => undefined);',
      },
    ],
    seeds: 5,
    caughtBy: 'outcome',
  },
  {
    name: 'number-by-incrementing',
    rule: 'The last known number comes from the key of an entry; a gap is an error, loudly.',
    edits: [
      {
        file: KNOWLEDGE,
        find: 'if (entry.number !== this.lastNumber + 1) {',
        replace: 'if (entry.number < 1) {',
      },
      {
        file: KNOWLEDGE,
        find: 'this.newest = { number: entry.number,',
        replace: 'this.newest = { number: this.lastNumber + 1,',
      },
    ],
    seeds: 50,
    caughtBy: 'outcome',
  },
  {
    name: 'sealed-day-counted',
    rule: 'Events of a sealed day are refused before the journal is looked at.',
    edits: [
      { file: DAY_BOOK, find: 'if (isSealed) return', replace: 'if (isSealed && day.length === 0) return' },
    ],
    seeds: 50,
    caughtBy: 'outcome',
  },
  {
    name: 'expiring-day-counted',
    rule: 'Events of a day near its expiry are refused before the journal is looked at.',
    edits: [
      { file: DAY_BOOK, find: 'return isNearExpiry ?', replace: 'return isNearExpiry && day.length === 0 ?' },
    ],
    seeds: 50,
    caughtBy: 'outcome',
  },
  {
    name: 'hour-item-expires-first',
    rule: 'A counter shard lives as long as the journals that explain it.',
    edits: [
      {
        file: COMMIT,
        find: 'await shards.apply(knowledge.journal, newest.number, newest.increments, expiresAtMs);',
        replace:
          'await shards.apply(knowledge.journal, newest.number, newest.increments, expiresAtMs - 2 * 86_400_000);',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'bad-line-fails-batch',
    rule: 'Bad lines never fail a batch.',
    edits: [
      {
        file: 'core/count/count.ts',
        find: "onBadLine: ({ line, message }) => batch.rejected.push(this.#rejected('line_unreadable', message, line)),",
        replace: 'onBadLine: ({ message }) => { throw new TypeError(message); },',
      },
    ],
    seeds: 50,
    caughtBy: 'outcome',
  },
  {
    name: 'query-drops-net-zero',
    rule: 'A minute whose events cancel out is answered all the same.',
    edits: [
      {
        file: 'core/query/buckets.ts',
        find: '(sum.events !== 0 || sum.value !== 0)',
        replace: 'sum.value !== 0',
      },
    ],
    seeds: 20,
    caughtBy: 'outcome',
  },
  {
    name: 'entries-filtered-by-expiry',
    rule: 'Entries are never filtered by expiry: a journal that looks empty would be begun again.',
    edits: [
      {
        file: JOURNALS,
        find: '.filter(({ number }) => number > afterNumber)',
        replace: '.filter(({ number, expiresAtMs }) => number > afterNumber && expiresAtMs > this.nowMs())',
      },
    ],
    seeds: 20,
    caughtBy: 'rule',
  },
  {
    name: 'older-ids-forgotten',
    rule: 'An id that may be in an entry whose ids are no longer in memory is looked up in the journal.',
    edits: [
      {
        file: CATCH_UP,
        find: 'await forEachSettled([...offsetsByNumber],',
        replace: 'await forEachSettled([...offsetsByNumber].slice(0, 0),',
      },
    ],
    seeds: 40,
    caughtBy: 'outcome',
  },
  {
    name: 'late-settle-forgotten',
    rule: 'The newest entry of a slice that is over is settled, too: most likely it is applied, but nobody knows.',
    edits: [
      {
        file: COMMIT,
        find: 'isSliceOver ? (settledShards ?? shards) : shards;',
        replace: 'isSliceOver && settledShards !== undefined ? { apply: () => Promise.resolve() } : shards;',
      },
    ],
    seeds: 100,
    caughtBy: 'rule',
  },
  {
    name: 'filter-lacks-an-id',
    rule: 'A filter covers every id of the entries that it stands for.',
    edits: [
      {
        file: FILTER,
        find: 'for (let index = 0; index < ids.length / ID_WORDS; index++)',
        replace: 'for (let index = 1; index < ids.length / ID_WORDS; index++)',
      },
    ],
    seeds: 40,
    caughtBy: 'outcome',
  },
  {
    name: 'filter-before-the-end',
    rule: 'A filter is made only of a journal that was read to its end.',
    edits: [
      {
        file: CATCH_UP,
        find: 'for (const entry of entries) draft.add(entry);',
        replace:
          'for (const [at, entry] of entries.entries()) draft.add(at < 2 ? entry : { ...entry, ids: new Uint8Array() });',
      },
    ],
    seeds: 40,
    caughtBy: 'outcome',
  },
  {
    name: 'filter-leaves-a-gap',
    rule: 'Every entry behind those that a filter covers is read.',
    edits: [
      {
        file: CATCH_UP,
        find: 'readAfter(journal, filter.through - 1)',
        replace: 'readAfter(journal, filter.through + 1)',
      },
      { file: CATCH_UP, find: ' || !filter.endsWith(last)', replace: '' },
    ],
    seeds: 40,
    caughtBy: 'outcome',
  },
  {
    name: 'filter-maybe-is-no',
    rule: 'Of what a filter says that it may be there, the journal decides.',
    edits: [
      {
        file: CATCH_UP,
        find: 'if (!isDecided(knowledge, group, from)) {',
        replace: 'if (knowledge.isEmpty && !knowledge.isEmpty) {',
      },
    ],
    seeds: 40,
    caughtBy: 'outcome',
  },
];

export const MUTANTS: readonly Mutant[] = [...COUNTING_MUTANTS, ...AUDIT_MUTANTS];
