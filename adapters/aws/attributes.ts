/** DynamoDB's attribute values, written and read. Numbers are exact or an error: never rounded. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TallyError } from '../../core/errors.js';

export type Item = Record<string, AttributeValue>;

export const text = (value: string): AttributeValue => ({ S: value });
export const integer = (value: number): AttributeValue => ({ N: String(value) });
export const bytes = (value: Uint8Array): AttributeValue => ({ B: value });
export const list = (values: readonly AttributeValue[]): AttributeValue => ({ L: [...values] });

/**
 * @throws {TallyError} `counter_overflow`: DynamoDB adds with 38 digits, JSON and we are exact to 2^53.
 */
export function asInteger(value: AttributeValue | undefined): number | undefined {
  if (value?.N === undefined) return undefined;
  const parsed = Number(value.N);
  if (Number.isSafeInteger(parsed)) return parsed;
  throw new TallyError(
    'counter_overflow',
    `a stored number is ${value.N}; accepted: integers to ±${Number.MAX_SAFE_INTEGER}. No rounded number is answered: ask for a shorter range`,
  );
}

const missing = (item: Item, name: string, type: string): Error =>
  new Error(`attribute ${name} (${type}) is missing from an item with ${Object.keys(item).join(', ')}`);

export function readInteger(item: Item, name: string): number {
  const value = asInteger(item[name]);
  if (value === undefined) throw missing(item, name, 'N');
  return value;
}

export function readText(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw missing(item, name, 'S');
  return value;
}

export function readBytes(item: Item, name: string): Uint8Array {
  const value = item[name]?.B;
  if (value === undefined) throw missing(item, name, 'B');
  return value;
}

export function readList(item: Item, name: string): AttributeValue[] {
  const value = item[name]?.L;
  if (value === undefined) throw missing(item, name, 'L');
  return value;
}

/** When an item may vanish, for a time to live attribute, which wants seconds: rounded up, never early. */
export const expirySeconds = (expiresAtMs: number): AttributeValue => integer(Math.ceil(expiresAtMs / 1_000));
