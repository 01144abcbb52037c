import { CommanderError } from 'commander';
import { ClientError, UnreachableError } from '../client/index.js';

/** What the shell sees. Part of the command's contract: see `tally --help`. */
export const EXIT = {
  ok: 0,
  /** Events were rejected, or counts differ from what was expected. */
  difference: 1,
  usage: 2,
  unreachable: 3,
  /** The server or the data refused, or something broke: the message says which. */
  failed: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What the commands themselves can meet. docs/errors.md has a heading for each. */
export const COMMAND_ERROR_CODES = [
  'catch_up_stalled',
  'server_failed',
  'key_unknown',
  'data_missing',
  'table_failed',
  'bucket_failed',
  'audit_overtaken',
  'day_unknown',
  'query_unknown',
  'query_failed',
  'query_cancelled',
] as const;

export class CommandError extends Error {
  public override readonly name = 'CommandError';

  public constructor(
    public readonly code: (typeof COMMAND_ERROR_CODES)[number],
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Failure {
  readonly exitCode: ExitCode;
  /** One line for a person: the stable code, what is wrong, what to do. */
  readonly line: string;
}

/** What was asked for can't be asked for. */
const USAGE_CODES = ['parameter_invalid', 'options_invalid', 'query_unknown', 'day_unknown'];

/** What any error means to the shell. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { exitCode: usageExitCode(error), line: '' };
  if (error instanceof UnreachableError) {
    const remedy = 'Start a server with `npm start`, or name another with --url or TALLY_URL.';
    return { exitCode: EXIT.unreachable, line: lineOf(error.code, `${error.message}. ${remedy}`) };
  }
  const code = codeOf(error);
  const isUsage = USAGE_CODES.includes(code);
  return { exitCode: isUsage ? EXIT.usage : EXIT.failed, line: lineOf(code, messageOf(error)) };
}

/** Commander has said what is wrong by itself; asking for help or the version is no error. */
const usageExitCode = ({ exitCode }: CommanderError): ExitCode => (exitCode === 0 ? EXIT.ok : EXIT.usage);

function codeOf(error: unknown): string {
  // Ours, the client's, the core's and Node's errors all carry their code in one place.
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : 'internal_error';
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ClientError ? error.code : '';
  if (code === 'unauthorized') return `${message} (give a key with --key or TALLY_KEY)`;
  return message;
}

/** However an error came to its newlines, it stays one line. */
export const lineOf = (code: string, message: string): string =>
  `tally: ${code}: ${message.trim().replace(/\s*\n\s*/g, ' ')}\n`;
