import { findOverdueDay, type OverdueDay } from '../core/audit/overdue.js';
import type { AuditLedger } from '../core/audit/ports.js';
import type { Clock, Days, Freshness, StreamReader, StreamReaderName, StreamUpkeep } from '../core/ports.js';
import { STREAM_READERS } from '../core/ports.js';
import type { Settings } from '../core/settings.js';
import { formatInstant, type Day } from '../core/time.js';
import { backlogBytesOf } from './back-pressure.js';

export interface HealthPorts {
  readonly clock: Clock;
  readonly days: Pick<Days, 'sealedThrough'>;
  readonly ledger: AuditLedger;
  readonly settings: Settings;
  readonly freshness: Freshness;
  readonly stream: StreamReader & StreamUpkeep;
  readonly backlogBytesMax: number;
  readonly isFailing: (reader: StreamReaderName) => boolean;
}

type ReaderState = 'running' | 'failing';

export interface Health {
  /** `degraded`: events are taken, but a reader fails or a day should be sealed and is not. `full`: events are refused until the readers catch up. */
  readonly status: 'ok' | 'degraded' | 'full';
  readonly asOf: string;
  readonly lagMs: number;
  /** What counting or archiving has still to pass. */
  readonly backlog: { readonly chunks: number; readonly bytes: number };
  readonly readers: Readonly<Record<StreamReaderName, ReaderState>>;
  readonly sealedThrough: Day | null;
  /** The first day that the nightly audit should have sealed; `null`: it is on time. */
  readonly overdue: OverdueDay | null;
}

export async function readHealth(ports: HealthPorts): Promise<Health> {
  const { stream, clock } = ports;
  const countedThroughMs = await ports.freshness.countedThroughMs();
  const positions = await Promise.all(STREAM_READERS.map((reader) => stream.position(reader)));
  const bytes = await backlogBytesOf(stream);
  const stateOf = (reader: StreamReaderName): ReaderState =>
    ports.isFailing(reader) ? 'failing' : 'running';
  const readers = { count: stateOf('count'), archive: stateOf('archive') };
  const isFailing = Object.values(readers).includes('failing');
  const overdue = await findOverdueDay(ports, ports.settings);
  const isFull = bytes > ports.backlogBytesMax;
  return {
    status: isFull ? 'full' : isFailing || overdue !== null ? 'degraded' : 'ok',
    asOf: formatInstant(countedThroughMs),
    lagMs: Math.max(clock.nowMs() - countedThroughMs, 0),
    backlog: { chunks: (await stream.head()) - Math.min(...positions), bytes },
    readers,
    sealedThrough: await ports.days.sealedThrough(),
    overdue,
  };
}
