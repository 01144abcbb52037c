/** What a bench is, so that the runner needs to know nothing of what it measures. */

export interface BenchIo {
  /** How many events a person asked for instead of the usual number. */
  readonly eventCount?: number;
  /** Say how far it is: to a person who watches, on stderr. */
  progress(note: string): void;
}

/** A table. Figures are ratios or counts of this run; a time on its own says more about the machine than about the code. */
export interface BenchTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** How to read it: what was sampled, what is compared with what. */
  readonly notes: readonly string[];
}

export interface Bench {
  readonly name: string;
  readonly varies: string;
  readonly reports: string;
  run(io: BenchIo): Promise<readonly BenchTable[]>;
}
