import { InvalidArgumentError, type Command } from 'commander';
import { parseInstant } from '../core/time.js';

/** Help with the examples first: they are what most people look for. */
export const describeCommand = (
  command: Command,
  description: string,
  examples: readonly string[],
): Command =>
  command
    .description(description)
    .addHelpText('before', `Examples:\n${examples.map((example) => `  ${example}\n`).join('')}`);

/** A parser of whole numbers in a range. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const number = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Accepted: a whole number, ${min} to ${max}.`);
  };

/** A parser of numbers in a range, ends included. */
export const numberBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const number = Number(text);
    if (text.trim() !== '' && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Accepted: a number, ${min} to ${max}.`);
  };

/** RFC 3339, or a day: its midnight, UTC. */
export function instantText(text: string): string {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  if (parseInstant(instant) !== undefined) return instant;
  throw new InvalidArgumentError('Accepted: a day (2026-11-21) or RFC 3339 (2026-11-21T09:00:00Z).');
}

/** A day, `YYYY-MM-DD`. */
export function dayText(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== undefined) return text;
  throw new InvalidArgumentError('Accepted: a day, such as 2026-11-21.');
}
