/** Checks of what an event carries besides its names: any JSON, as long as it can be written back as it was. */
import { illFormedError } from './check-text.js';
import type { EventError } from './errors.js';
import { NESTING_MAX } from './limits.js';

/**
 * The first thing that keeps parsed JSON from being archived; `undefined`: nothing does.
 *
 * Limits: goes `NESTING_MAX` levels deep and no deeper, so hostile nesting costs nothing. `level` is that of `value`.
 */
export function findJsonError(value: unknown, path: string, level: number): EventError | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : illFormedError(path);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : numberError(path);
  if (typeof value !== 'object' || value === null) return undefined;
  if (level > NESTING_MAX) return nestingError(path);
  return Array.isArray(value)
    ? findArrayError(value, path, level)
    : findObjectError(value as Readonly<Record<string, unknown>>, path, level);
}

function findArrayError(items: readonly unknown[], path: string, level: number): EventError | undefined {
  for (const item of items) {
    const error = findJsonError(item, path, level + 1);
    if (error !== undefined) return error;
  }
  return undefined;
}

function findObjectError(
  fields: Readonly<Record<string, unknown>>,
  path: string,
  level: number,
): EventError | undefined {
  for (const name in fields) {
    if (!name.isWellFormed()) return illFormedError(`a name in ${path}`);
    const error = findJsonError(fields[name], path, level + 1);
    if (error !== undefined) return error;
  }
  return undefined;
}

const numberError = (path: string): EventError => ({
  code: 'number_out_of_range',
  message: `${path} holds a number beyond ±1.8e308, which JSON could not write back; send it as text`,
});

const nestingError = (path: string): EventError => ({
  code: 'nesting_too_deep',
  message: `${path} is nested too deep; accepted: ${NESTING_MAX} levels, the event itself being the first; flatten it, or send it as text`,
});
