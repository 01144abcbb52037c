import type { Catalog, DayRecord, Days, RejectedSink } from '../../core/ports.js';
import type { Day } from '../../core/time.js';
import type { Network } from './network.js';
import type { Process } from './process.js';

type DaysPort = Pick<Days, 'open' | 'find' | 'sealedThrough'>;

/** The days table. */
export class SimulatedDays {
  readonly #records = new Map<Day, DayRecord>();

  public portOf(caller: Process, network: Network): DaysPort {
    return {
      open: (day, expiresAtMs) =>
        network.call({ caller, what: `open day ${day}`, effect: () => this.open(day, expiresAtMs) }),
      find: (day) =>
        network.call({ caller, what: `find day ${day}`, effect: () => this.#records.get(day) ?? null }),
      sealedThrough: () =>
        network.call({ caller, what: 'read sealed through', effect: () => this.sealedThrough() }),
    };
  }

  public find(day: Day): DayRecord | undefined {
    return this.#records.get(day);
  }

  public isSealed(day: Day): boolean {
    return this.find(day)?.isSealed ?? false;
  }

  public seal(day: Day): void {
    const record = this.#records.get(day);
    if (record !== undefined) this.#records.set(day, { ...record, isSealed: true });
  }

  public all(): DayRecord[] {
    return [...this.#records.values()];
  }

  public open(day: Day, expiresAtMs: number): DayRecord {
    const record = this.#records.get(day) ?? { day, isSealed: false, expiresAtMs };
    this.#records.set(day, record);
    return record;
  }

  public sealedThrough(): Day | null {
    return this.all().reduce<Day | null>(
      (last, { day, isSealed }) => (isSealed && (last === null || day > last) ? day : last),
      null,
    );
  }
}

/** The catalog, as counting uses it. */
export class SimulatedCatalog {
  public readonly types = new Set<string>();

  public portOf(caller: Process, network: Network): Pick<Catalog, 'register'> {
    return {
      register: (types) =>
        network.call({
          caller,
          what: `register ${types.join(' ')}`,
          effect: () => {
            for (const type of types) this.types.add(type);
          },
        }),
    };
  }
}

/** Where lines go that could not be counted. */
export class SimulatedRejected {
  public readonly lines = new Set<string>();
  public readonly reasons = new Set<string>();

  public portOf(caller: Process, network: Network): RejectedSink {
    return {
      put: (lines) =>
        network.call({
          caller,
          what: `reject ${lines.length} lines`,
          effect: () => {
            for (const { line, reason } of lines) {
              this.lines.add(line);
              this.reasons.add(reason);
            }
          },
        }),
    };
  }
}
