import { LAMBDA_NAMES, type LambdaName } from '../../lib/bundling.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import { bundleLambdas, type Bundle } from './bundle.js';
import { Sandbox } from './sandbox.js';

const BYTES_MAX = 1024 * 1024;

let folder: string;
let bundles: Record<LambdaName, Bundle>;

beforeAll(async () => {
  folder = await makeTemporaryDirectory();
  bundles = await bundleLambdas(folder);
});

afterAll(() => removeDirectory(folder));

describe.each(LAMBDA_NAMES)('the bundle of %s', (name) => {
  test('is under 1 MB', () => {
    expect(bundles[name].bytes).toBeGreaterThan(10_000);
    expect(bundles[name].bytes).toBeLessThan(BYTES_MAX);
  });

  test('holds nothing of the CDK, of the embedded engine, and no native module', () => {
    const packages = new Set(
      bundles[name].inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]),
    );
    for (const absent of ['aws-cdk-lib', 'constructs', 'lmdb', 'fastify', '@duckdb/node-api']) {
      expect(packages).not.toContain(absent);
    }
    expect(bundles[name].inputs.filter((path) => path.endsWith('.node'))).toEqual([]);
    expect(bundles[name].inputs.filter((path) => path.startsWith('adapters/embedded/'))).toEqual([]);
  });

  test('says at cold start which variable is missing', async () => {
    await expect(Sandbox.start(bundles[name].path, {})).rejects.toThrow(
      /environment variable TALLY_\w+ is not set/,
    );
  });
});
