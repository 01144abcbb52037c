/** How a Lambda becomes one file. The stack's functions and the tests of the bundles share these options. */
import { fileURLToPath } from 'node:url';

/** Paths are ours, not the calling app's: another CDK app bundles the same files with the same lock. */
export const projectPath = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const LAMBDA_NAMES = [
  'ingest',
  'count',
  'query',
  'authorize',
  'heartbeat',
  'audit',
  'audit-snapshot',
  'audit-seal',
] as const;
export type LambdaName = (typeof LAMBDA_NAMES)[number];

export const lambdaEntry = (name: LambdaName): string => projectPath(`lambdas/${name}.ts`);

/** Those that say texts of `sql/`, which lie beside their bundle. */
const SPEAKS_SQL: readonly LambdaName[] = ['audit'];
export const needsSql = (name: LambdaName): boolean => SPEAKS_SQL.includes(name);

/** In esbuild's own words. */
export const BUNDLE = {
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourcesContent: false,
  // A CommonJS package inside an ES module still asks for Node's own modules with `require`.
  banner:
    "import{createRequire as tallyRequire}from'node:module';const require=tallyRequire(import.meta.url);",
} as const;
