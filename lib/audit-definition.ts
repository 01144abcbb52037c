/**
 * The audit as a state machine: what the embedded engine does in one go, step by step, over days, parts and readers' delays.
 *
 * In JSONPath, so that a test can execute this very definition. `${…}` stands for names that only a deployment knows.
 */
import { Duration } from 'aws-cdk-lib';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type State = { readonly Type: string } & { readonly [name: string]: Json };
type States = Readonly<Record<string, State>>;

/** What a deployment puts in. */
export const SUBSTITUTIONS = [
  'AuditFunction',
  'SnapshotFunction',
  'SealFunction',
  'Partition',
  'Database',
  'WorkGroup',
] as const;
export type Substitution = (typeof SUBSTITUTIONS)[number];
type FunctionName = Extract<Substitution, `${string}Function`>;

/** Parts of one day that are worked on at once. Each settles or scans with as many calls as it can: more would only throttle. */
const PARTS_AT_ONCE = 16;

/** Counting passes a marker within its window: an hour is a backlog that may take the night. */
const COUNTING_WAIT = { every: Duration.minutes(1), countMax: 60 };
/** Firehose writes a file after five minutes at most. */
const ARCHIVE_WAIT = { every: Duration.minutes(6), countMax: 10 };

/** A round that still runs when the next one begins is fenced off by it, so there is no use in going on. */
const ROUND_MAX = Duration.hours(23);

/** Again soon, for what a moment mends. What says of itself that it can't be mended is not tried again. */
const RETRY: Json = [
  { ErrorEquals: ['FenceLostError', 'TallyError'], MaxAttempts: 0 },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 5,
    MaxAttempts: 4,
    BackoffRate: 3,
    MaxDelaySeconds: 300,
    JitterStrategy: 'FULL',
  },
];

/** Again from the beginning, as a new run: what a query left behind can't be in its way. Days that were sealed end at once. */
const RETRY_DAYS: Json = [
  { ErrorEquals: ['TallyError'], MaxAttempts: 0 },
  { ErrorEquals: ['States.ALL'], IntervalSeconds: 900, MaxAttempts: 2, BackoffRate: 2 },
];

/** Athena is busy, or has not begun: a query that ran and failed is not tried again by itself, but with its whole day. */
const RETRY_QUERY: Json = [
  {
    ErrorEquals: [
      'Athena.TooManyRequestsException',
      'Athena.InternalServerException',
      'Athena.SdkClientException',
    ],
    IntervalSeconds: 20,
    MaxAttempts: 6,
    BackoffRate: 2,
    MaxDelaySeconds: 300,
    JitterStrategy: 'FULL',
  },
];

/** A newer run of the day has begun, or has sealed it: this one has nothing to say any more, and that is no failure. */
const CATCH_OVERTAKEN: Json = [{ ErrorEquals: ['FenceLostError'], ResultPath: '$.error', Next: 'Overtaken' }];

const resource = (name: Substitution): string => `\${${name}}`;

/** A step of one of the functions. `with`: what it is given, beside the step's name. */
function step(
  functionName: FunctionName,
  name: string,
  { given, ...rest }: { given: Readonly<Record<string, Json>> } & Readonly<Record<string, Json>>,
): State {
  return {
    Type: 'Task',
    Resource: resource(functionName),
    Parameters: { step: name, ...given },
    Retry: RETRY,
    ...rest,
  };
}

/** A step of one day's run. */
const runStep = (
  functionName: FunctionName,
  name: string,
  { given = {}, ...rest }: { given?: Readonly<Record<string, Json>> } & Readonly<Record<string, Json>>,
): State =>
  step(functionName, name, { given: { 'run.$': '$.run', ...given }, Catch: CATCH_OVERTAKEN, ...rest });

/** The same step for each part of the run, several at once. */
const forEachPart = (
  items: string,
  {
    given = {},
    task,
    atOnce = PARTS_AT_ONCE,
    next,
  }: { given?: Readonly<Record<string, Json>>; task: States; atOnce?: number; next: string },
): State => ({
  Type: 'Map',
  ItemsPath: items,
  ItemSelector: { 'run.$': '$.run', 'part.$': '$$.Map.Item.Value', ...given },
  MaxConcurrency: atOnce,
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: Object.keys(task)[0] ?? '', States: task },
  ResultPath: null,
  Next: next,
});

const partStep = (
  functionName: FunctionName,
  name: string,
  given: Readonly<Record<string, Json>> = {},
): State =>
  step(functionName, name, { given: { 'run.$': '$.run', 'part.$': '$.part', ...given }, End: true });

/** Run a query whose text an earlier step gave, and note its execution for the step that reads the answer. */
const query = (name: string, text: string, next: string): State => ({
  Type: 'Task',
  Resource: 'arn:${Partition}:states:::athena:startQueryExecution.sync',
  Parameters: {
    'QueryString.$': text,
    QueryExecutionContext: { Database: resource('Database') },
    WorkGroup: resource('WorkGroup'),
  },
  ResultSelector: { 'id.$': '$.QueryExecution.QueryExecutionId' },
  ResultPath: `$.executions.${name}`,
  Retry: RETRY_QUERY,
  Next: next,
});

const EXECUTIONS = { 'executions.$': '$.executions' };

/** The readers of the stream must have passed the day's close: else the day waits for the next round, and nothing is adjusted. */
const READERS: States = {
  LookAtCounting: runStep('AuditFunction', 'counting', {
    given: { 'waitedCount.$': '$.counting.waitedCount' },
    ResultPath: '$.counting',
    Next: 'IsCounted',
  }),
  IsCounted: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.counting.hasPassed', BooleanEquals: true, Next: 'SettleJournals' },
      {
        Variable: '$.counting.waitedCount',
        NumericGreaterThan: COUNTING_WAIT.countMax,
        Next: 'PostponeForCounting',
      },
    ],
    Default: 'WaitForCounting',
  },
  WaitForCounting: { Type: 'Wait', Seconds: COUNTING_WAIT.every.toSeconds(), Next: 'LookAtCounting' },
  PostponeForCounting: runStep('AuditFunction', 'postpone', {
    given: { reader: 'counting' },
    ResultPath: '$.ending',
    Next: 'DayEnded',
  }),
};

/** All lanes are settled before the first shard is scanned: a `Map` ends when its last part has. */
const SNAPSHOT: States = {
  SettleJournals: forEachPart('$.laneParts', {
    task: { SettleLanes: partStep('SnapshotFunction', 'journals') },
    next: 'ScanCounters',
  }),
  ScanCounters: forEachPart('$.shardParts', {
    task: { ScanShards: partStep('SnapshotFunction', 'shards') },
    next: 'TellStage',
  }),
};

/** The archive is staged again, into a folder of its own, as long as its markers are missing. */
const STAGE: States = {
  TellStage: runStep('AuditFunction', 'stage', {
    given: { 'attempt.$': '$.archive.attempt' },
    ResultPath: '$.texts',
    Next: 'RunStage',
  }),
  RunStage: query('stage', '$.texts.stage', 'RunLines'),
  RunLines: query('lines', '$.texts.lines', 'ReadLines'),
  ReadLines: runStep('AuditFunction', 'lines', {
    given: { ...EXECUTIONS, 'attempt.$': '$.archive.attempt' },
    ResultPath: '$.archive',
    Next: 'IsArchived',
  }),
  IsArchived: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.archive.hasPassed', BooleanEquals: true, Next: 'RunReconcile' },
      {
        Variable: '$.archive.attempt',
        NumericGreaterThan: ARCHIVE_WAIT.countMax,
        Next: 'PostponeForArchive',
      },
    ],
    Default: 'WaitForArchive',
  },
  WaitForArchive: { Type: 'Wait', Seconds: ARCHIVE_WAIT.every.toSeconds(), Next: 'TellStage' },
  PostponeForArchive: runStep('AuditFunction', 'postpone', {
    given: { reader: 'archive' },
    ResultPath: '$.ending',
    Next: 'DayEnded',
  }),
};

const JUDGE: States = {
  RunReconcile: query('reconcile', '$.archive.texts.reconcile', 'RunReceipts'),
  RunReceipts: query('receipts', '$.archive.texts.receipts', 'FindSuspects'),
  FindSuspects: runStep('AuditFunction', 'suspects', {
    given: { ...EXECUTIONS, 'attempt.$': '$.archive.stagedAttempt' },
    ResultPath: '$.suspects',
    Next: 'AreThereSuspects',
  }),
  AreThereSuspects: {
    Type: 'Choice',
    Choices: [{ Variable: '$.suspects.isAny', BooleanEquals: true, Next: 'WriteJournalIds' }],
    Default: 'Judge',
  },
  WriteJournalIds: forEachPart('$.laneParts', {
    given: { 'hours.$': '$.suspects.hours' },
    task: { WriteIdsOfLanes: partStep('SnapshotFunction', 'ids', { 'hours.$': '$.hours' }) },
    next: 'RunIds',
  }),
  RunIds: query('ids', '$.suspects.text', 'Judge'),
  Judge: runStep('AuditFunction', 'judge', {
    given: { ...EXECUTIONS, 'lines.$': '$.archive.lines', 'hours.$': '$.suspects.hours' },
    ResultPath: '$.ending',
    Next: 'IsSealable',
  }),
  IsSealable: {
    Type: 'Choice',
    Choices: [{ Variable: '$.ending.isSealable', BooleanEquals: true, Next: 'RunTotals' }],
    Default: 'DayEnded',
  },
};

const SEAL: States = {
  RunTotals: query('totals', '$.archive.texts.totals', 'RunTop'),
  RunTop: query('top', '$.archive.texts.top', 'BeginTotals'),
  BeginTotals: runStep('SealFunction', 'beginTotals', {
    given: EXECUTIONS,
    ResultPath: '$.summary',
    Next: 'PutTotals',
  }),
  // One after the other: their transactions all check the day's item, and side by side would cancel each other. A part that was
  // overtaken just ends; `Seal` then is overtaken, too.
  PutTotals: forEachPart('$.totalsParts', {
    atOnce: 1,
    task: {
      PutTotalsOfPart: {
        ...partStep('SealFunction', 'putTotals'),
        Catch: [{ ErrorEquals: ['FenceLostError'], Next: 'PartOvertaken' }],
      },
      PartOvertaken: { Type: 'Succeed' },
    },
    next: 'Seal',
  }),
  Seal: runStep('SealFunction', 'seal', {
    given: { ...EXECUTIONS, 'summary.$': '$.summary' },
    ResultPath: '$.ending',
    Next: 'DayEnded',
  }),
};

const DAY: States = {
  Begin: step('AuditFunction', 'begin', {
    given: { 'day.$': '$.day', 'trust.$': '$.trust' },
    Catch: CATCH_OVERTAKEN,
    Next: 'IsDone',
  }),
  IsDone: {
    Type: 'Choice',
    Choices: [{ Variable: '$.isDone', BooleanEquals: true, Next: 'DayEnded' }],
    Default: 'LookAtCounting',
  },
  ...READERS,
  ...SNAPSHOT,
  ...STAGE,
  ...JUDGE,
  ...SEAL,
  DayEnded: {
    Type: 'Pass',
    Parameters: { 'day.$': '$.day', 'outcome.$': '$.ending.outcome', 'reason.$': '$.ending.reason' },
    End: true,
  },
  Overtaken: {
    Type: 'Pass',
    Parameters: { 'day.$': '$.day', outcome: 'overtaken', reason: null },
    End: true,
  },
};

/** One execution: a night's round, or the day that its input names. It fails loudly where it can't go on. */
export const AUDIT_DEFINITION = {
  Comment: 'Tally: the audit',
  TimeoutSeconds: ROUND_MAX.toSeconds(),
  StartAt: 'PublishNewestAct',
  States: {
    PublishNewestAct: step('SealFunction', 'publish', { given: {}, ResultPath: null, Next: 'Plan' }),
    Plan: step('AuditFunction', 'plan', { given: { 'input.$': '$' }, Next: 'AuditDays' }),
    AuditDays: {
      Type: 'Map',
      ItemsPath: '$.days',
      // One after the other: a day that can't be sealed keeps those after it from being so.
      MaxConcurrency: 1,
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Begin', States: DAY },
      ResultPath: '$.days',
      Retry: RETRY_DAYS,
      Next: 'Conclude',
    },
    Conclude: step('AuditFunction', 'conclude', {
      given: { 'isRound.$': '$.isRound' },
      ResultPath: null,
      End: true,
    }),
  },
} as const satisfies Json;
