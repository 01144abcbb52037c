/**
 * Jest's transform with some places of the source edited, as `TALLY_EDITS` says (JSON, see bundle.ts): how a suite is run
 * over a program that is broken on purpose. `suite-mutants.test.ts` checks that each edit applies.
 */
import { resolve } from 'node:path';
import { env } from 'node:process';
import swc from '@swc/jest';

const edits = JSON.parse(env['TALLY_EDITS'] ?? '[]');

const edited = (source, path) =>
  edits
    .filter(({ file }) => resolve(file) === path)
    .reduce((text, { find, replace }) => text.split(find).join(replace), source);

export default {
  createTransformer(options) {
    const transformer = swc.createTransformer(options);
    return {
      process: (source, path, context) => transformer.process(edited(source, path), path, context),
      // The same file is compiled with other edits in another run.
      getCacheKey: (source, path) => `${JSON.stringify(edits)} ${path} ${source}`,
    };
  },
};
