/** Which of our own metrics a service writes, found in its source: the Lambdas that observe in its name, and all they import. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GAUGES, METRICS, type ServiceName } from '../../../core/metric-names.js';

const ROOT = join(__dirname, '../../..');
const IMPORT = /^(?:import|export)\s(?!type\s)[^'"]*?from\s+'(\.[^']+)'/gm;
/** A metric is written where its name is handed to `add` or `observe…`. */
const WRITTEN = /\.(?:add|observe\w*)\(\s*(METRICS|GAUGES)\.(\w+)/g;

const sourceOf = (file: string): string => readFileSync(file, 'utf8');

function lambdasOf(service: ServiceName): string[] {
  return readdirSync(join(ROOT, 'lambdas'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => sourceOf(file).includes(`observe('${service}')`));
}

function reachableFrom(file: string, seen: Set<string>): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier = ''] of sourceOf(file).matchAll(IMPORT)) {
    const target = join(dirname(file), specifier.replace(/\.js$/, '.ts'));
    if (existsSync(target)) reachableFrom(target, seen);
  }
  return seen;
}

/** The names of the metrics that a service writes. */
export function writtenBy(service: ServiceName): ReadonlySet<string> {
  const files = new Set<string>();
  for (const lambda of lambdasOf(service)) reachableFrom(lambda, files);
  const names: Readonly<Record<string, Readonly<Record<string, string>>>> = { METRICS, GAUGES };
  return new Set(
    [...files].flatMap((file) =>
      [...sourceOf(file).matchAll(WRITTEN)].map(([, of = '', key = '']) => names[of]?.[key] ?? ''),
    ),
  );
}
