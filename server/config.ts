/** The server's settings, from its environment. All that is wrong is said at once, before anything is opened. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { COMPRESSIONS, type Compression } from '../core/chunk.js';
import { formatDuration, parseDuration } from '../core/duration.js';
import { TallyError, shown } from '../core/errors.js';
import { isLaneCount } from '../core/lane.js';
import {
  LANE_COUNT_DEFAULT,
  LANE_COUNT_MAX,
  LATENESS_MS_DEFAULT,
  LATENESS_MS_MAX,
  LATENESS_MS_MIN,
} from '../core/limits.js';
import { HOUR_MS, MINUTE_MS, parseInstant } from '../core/time.js';
import { HAS_ZSTD, ZSTD_NEEDED } from '../core/zstd.js';
import { nearestTo } from './nearest.js';

export interface ServerConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDirectory: string;
  readonly latenessMs: number;
  readonly laneCount: number;
  /** How events are compressed from now on. What was written before is read either way. */
  readonly compression: Compression;
  /** When the nightly audit begins, in ms after midnight UTC; `null`: never by itself. */
  readonly auditAtMs: number | null;
  /** Where the server's clock starts; it runs on from there. Absent: now. */
  readonly clockStartMs?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Names that are ours but not the server's: the command line's. */
const OTHER_NAMES = ['TALLY_URL', 'TALLY_KEY'];

const DEFAULT_PORT = 8787;
const PORT_MAX = 65_535;

/**
 * Read the settings.
 *
 * @throws {TallyError} `config_invalid`, with one line for each setting that is wrong.
 */
export function readConfig(environment: Environment): ServerConfig {
  const reader = new SettingsReader(environment);
  const config = {
    host: reader.read('TALLY_HOST', '127.0.0.1', 'an address or a host name', readHost),
    port: reader.read('TALLY_PORT', DEFAULT_PORT, `a port, 0 to ${PORT_MAX} (0: any free one)`, readPort),
    dataDirectory: resolve(reader.read('TALLY_DATA', './data', 'a directory', (text) => text)),
    latenessMs: reader.read('TALLY_LATENESS', LATENESS_MS_DEFAULT, LATENESS_ACCEPTED, readLateness),
    laneCount: reader.read(
      'TALLY_LANES',
      LANE_COUNT_DEFAULT,
      `a power of two, 1 to ${LANE_COUNT_MAX}`,
      readLaneCount,
    ),
    compression: reader.read('TALLY_COMPRESSION', COMPRESSION_DEFAULT, COMPRESSION_ACCEPTED, readCompression),
    auditAtMs: reader.read<number | null, number>(
      'TALLY_AUDIT_AT',
      AUDIT_AT_MS_DEFAULT,
      'a time of day, UTC, such as 03:00, or never',
      readAuditAt,
    ),
    clockStartMs: reader.read(
      'TALLY_CLOCK',
      undefined,
      'RFC 3339, such as 2026-11-21T09:15:00Z',
      parseInstant,
    ),
  };
  reader.finish();
  return config;
}

class SettingsReader {
  readonly #problems: string[] = [];
  readonly #names: string[] = [];

  public constructor(private readonly environment: Environment) {}

  /** Read one setting. The empty text is like none: that is how shells and compose files leave a setting out. */
  public read<T, D extends T | undefined>(
    name: string,
    otherwise: D,
    accepted: string,
    parse: (text: string) => T | undefined,
  ): T | D {
    this.#names.push(name);
    const text = this.environment[name];
    if (text === undefined || text === '') return otherwise;
    const value = parse(text);
    if (value !== undefined) return value;
    this.#problems.push(`${name} is ${shown(text)}; accepted: ${accepted}`);
    return otherwise;
  }

  public finish(): void {
    const known = [...this.#names, ...OTHER_NAMES];
    for (const name of Object.keys(this.environment)) {
      if (name.startsWith('TALLY_') && !known.includes(name))
        this.#problems.push(unknownName(name, this.#names));
    }
    if (this.#problems.length > 0) throw new TallyError('config_invalid', this.#problems.join('\n'));
  }
}

function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestTo(name, known);
  const cure = nearest === undefined ? `accepted: ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `there is no setting ${name}; ${cure}`;
}

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const readHost = (text: string): string | undefined =>
  isIP(text) !== 0 || HOST_NAME.test(text) ? text : undefined;

const readPort = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX ? Number(text) : undefined;

const COMPRESSION_DEFAULT: Compression = HAS_ZSTD ? 'zstd' : 'gzip';
const COMPRESSION_ACCEPTED = HAS_ZSTD ? 'zstd or gzip' : `gzip (${ZSTD_NEEDED})`;

function readCompression(text: string): Compression | undefined {
  const compression = COMPRESSIONS.find((each) => each === text);
  return compression === 'zstd' && !HAS_ZSTD ? undefined : compression;
}

/** 03:00 UTC: days with a lateness of whole days have been closed for three hours. */
const AUDIT_AT_MS_DEFAULT = 3 * HOUR_MS;

function readAuditAt(text: string): number | null | undefined {
  if (text === 'never') return null;
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
}

const LATENESS_ACCEPTED =
  `${formatDuration(LATENESS_MS_MIN)} to ${formatDuration(LATENESS_MS_MAX)}, ` +
  'written like 48h, 90m, 5s, 2d or ISO 8601 (PT48H)';

function readLateness(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= LATENESS_MS_MIN && ms <= LATENESS_MS_MAX ? ms : undefined;
}

const readLaneCount = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && isLaneCount(Number(text)) ? Number(text) : undefined;
