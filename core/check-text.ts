/** Checks of the texts that name an event. The hot path: a valid text costs one pass and no allocation. */
import { shown, type EventError, type EventErrorCode } from './errors.js';
import { TYPE_LENGTH_MAX } from './limits.js';
import { isTypeName } from './type-name.js';

/** A counted text attribute: what it is called, how long it may be, the code of its errors, what to do about them. */
export interface TextRule {
  readonly name: string;
  readonly bytesMax: number;
  readonly code: EventErrorCode;
  /** What to do when it is missing; absent: it may be missing. */
  readonly cureIfMissing?: string;
}

/** C0, DEL and C1. They are refused because identity and counter names are joined with a newline. */
const isControl = (unit: number): boolean => unit < 0x20 || (unit >= 0x7f && unit <= 0x9f);

/** Null means absent, as everywhere in CloudEvents. */
export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

/** What is wrong with a counted text; `undefined`: nothing. */
export function findTextError(value: unknown, rule: TextRule): EventError | undefined {
  if (typeof value !== 'string') {
    return isAbsent(value) && rule.cureIfMissing === undefined ? undefined : notTextError(value, rule);
  }
  if (value.length === 0 || value.length > rule.bytesMax) return lengthError(value, rule);
  let isAscii = true;
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if (isControl(unit)) return controlError(value, at, rule);
    if (unit > 0x7f) isAscii = false;
  }
  return isAscii ? undefined : findUnicodeError(value, rule);
}

function findUnicodeError(value: string, rule: TextRule): EventError | undefined {
  if (!value.isWellFormed()) return illFormedError(rule.name);
  return Buffer.byteLength(value) > rule.bytesMax ? lengthError(value, rule) : undefined;
}

export const illFormedError = (where: string): EventError => ({
  code: 'text_ill_formed',
  message: `${where} holds half of a surrogate pair (\\ud800 to \\udfff alone), which no UTF-8 can write; send well-formed Unicode`,
});

function notTextError(value: unknown, { name, bytesMax, code, cureIfMissing }: TextRule): EventError {
  const accepted = `accepted: text of 1 to ${bytesMax} bytes`;
  const message = isAbsent(value)
    ? `${name} is missing; ${accepted}; ${cureIfMissing}`
    : `${name} is ${shown(value)}; ${accepted}; put it in quotes`;
  return { code, message };
}

function lengthError(value: string, { name, bytesMax, code, cureIfMissing }: TextRule): EventError {
  const cure = value !== '' ? 'shorten it' : (cureIfMissing ?? 'leave it out if there is none');
  const bytes = Buffer.byteLength(value);
  const message = `${name} is ${shown(value)}, ${bytes} bytes of UTF-8; accepted: 1 to ${bytesMax} bytes; ${cure}`;
  return { code, message };
}

function controlError(value: string, at: number, { name, code }: TextRule): EventError {
  const unit = value.charCodeAt(at).toString(16).padStart(4, '0');
  const message = `${name} is ${shown(value)}, with the control character U+${unit.toUpperCase()} at ${at}; accepted: text without control characters; remove it`;
  return { code, message };
}

export function findTypeError(value: unknown): EventError | undefined {
  if (typeof value === 'string' && isTypeName(value)) return undefined;
  const got = isAbsent(value) ? 'missing' : shown(value);
  const accepted = `a letter or digit, then up to ${TYPE_LENGTH_MAX - 1} letters, digits or . _ : -`;
  const hasSlash = typeof value === 'string' && value.includes('/');
  const cure = hasSlash ? 'put what follows the / into subject' : 'name what is counted, e.g. page.viewed';
  return { code: 'type_invalid', message: `type is ${got}; accepted: ${accepted}; ${cure}` };
}
