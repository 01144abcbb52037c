/** The layout is the architecture: which folder may import what. Arrows point one way; `core` knows nobody. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

const ROOT = join(__dirname, '..');

interface Rule {
  readonly folder: string;
  /** Our own folders it may import from, besides itself. */
  readonly folders: readonly string[];
  /** Packages and node: modules it may import; `*`: any. */
  readonly packages: readonly string[];
}

const RULES: readonly Rule[] = [
  { folder: 'core', folders: [], packages: [] },
  { folder: 'adapters/embedded', folders: ['core'], packages: ['*'] },
  { folder: 'adapters/aws', folders: ['core'], packages: ['*'] },
  { folder: 'lambdas', folders: ['core', 'adapters/aws'], packages: ['*'] },
  { folder: 'server', folders: ['core', 'adapters/embedded'], packages: ['*'] },
  { folder: 'cli', folders: ['core', 'adapters/embedded', 'adapters/aws', 'client'], packages: ['*'] },
  { folder: 'client', folders: [], packages: [] },
  {
    folder: 'lib',
    folders: ['core'],
    packages: ['aws-cdk-lib', 'constructs', 'node:fs', 'node:module', 'node:path', 'node:url'],
  },
  { folder: 'bin', folders: ['lib'], packages: ['aws-cdk-lib', 'cdk-nag'] },
];

/** Core reaches two Node modules, behind small files. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  'core/crypto.ts': ['node:crypto'],
  'core/zlib.ts': ['node:zlib'],
  'core/zstd.ts': ['node:zlib'],
};

const IMPORT =
  /^\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

function sourceFilesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  return [...source.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function isAllowed(file: string, specifier: string, rule: Rule): boolean {
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(file), specifier));
    // What a version says comes from one place.
    if (target === 'package.json') return true;
    return [rule.folder, ...rule.folders].some((folder) => target.startsWith(folder + sep));
  }
  if (DOORS[file]?.includes(specifier) === true) return true;
  return rule.packages.some((name) => name === '*' || specifier === name || specifier.startsWith(`${name}/`));
}

describe.each(RULES)('$folder', (rule) => {
  const files = sourceFilesIn(rule.folder);

  it('holds sources', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it('imports only what the architecture lets it', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !isAllowed(file, specifier, rule))
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

it('lets core use no clock, no randomness and no environment of its own', () => {
  const AMBIENT =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bperformance\.|\bsetTimeout\b|\bsetInterval\b/;
  const wrong = sourceFilesIn('core').filter((file) => AMBIENT.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(wrong).toEqual([]);
});
