import type { EnvName } from '../core/env-names.js';
import { TallyError, shown } from '../core/errors.js';

/** A variable that the stack must have set. Read at cold start, so that a mistake shows at once, by name. */
export function requireEnv(name: EnvName): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new TallyError(
    'config_invalid',
    `environment variable ${name} is not set; the stack sets it: deploy it again`,
  );
}

export function requireIntegerEnv(name: EnvName): number {
  const text = requireEnv(name);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new TallyError(
    'config_invalid',
    `environment variable ${name} is ${shown(text)}; accepted: an integer`,
  );
}
