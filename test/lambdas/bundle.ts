import { build } from 'esbuild';
import { BUNDLE, LAMBDA_NAMES, lambdaEntry, type LambdaName } from '../../lib/bundling.js';

export interface Bundle {
  readonly path: string;
  readonly bytes: number;
  /** Every file that went in, relative to the project. */
  readonly inputs: readonly string[];
}

/** Bundle every Lambda as the stack does. */
export async function bundleLambdas(folder: string): Promise<Record<LambdaName, Bundle>> {
  const { banner, mainFields, ...options } = BUNDLE;
  const bundleOne = async (name: LambdaName): Promise<[LambdaName, Bundle]> => {
    const path = `${folder}/${name}.mjs`;
    const { metafile } = await build({
      ...options,
      mainFields: [...mainFields],
      banner: { js: banner },
      entryPoints: [lambdaEntry(name)],
      outfile: path,
      bundle: true,
      platform: 'node',
      sourcemap: true,
      metafile: true,
      logLevel: 'error',
    });
    const output = Object.entries(metafile.outputs).find(([file]) => file.endsWith('.mjs'))?.[1];
    return [name, { path, bytes: output?.bytes ?? 0, inputs: Object.keys(metafile.inputs) }];
  };
  return Object.fromEntries(await Promise.all(LAMBDA_NAMES.map(bundleOne))) as Record<LambdaName, Bundle>;
}
