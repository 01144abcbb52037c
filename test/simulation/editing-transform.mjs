/**
 * Jest's transform with some places of the source edited, as `TALLY_EDITS` says (JSON, see bundle.ts): how a suite is run
 * over a program that is broken on purpose. `suite-mutants.test.ts` checks that each edit applies.
 *
 * SQL is read while a program runs: so its reader is edited, to hand out edited texts.
 */
import { resolve } from 'node:path';
import { env } from 'node:process';
import swc from '@swc/jest';

const edits = JSON.parse(env['TALLY_EDITS'] ?? '[]');

const SQL_READER = resolve('adapters/embedded/sql-files.ts');
const editsOfSql = edits.filter(({ file }) => file.endsWith('.sql'));

const edited = (source, path) =>
  [
    ...edits.filter(({ file }) => resolve(file) === path),
    ...(path === SQL_READER ? [editOfReader()] : []),
  ].reduce((text, { find, replace }) => text.split(find).join(replace), source);

const editOfReader = () => ({
  find: "'utf8')",
  replace: `'utf8').then((text) => ${JSON.stringify(editsOfSql)}
    .filter(({ file }) => file === \`sql/\${name}.sql\`)
    .reduce((sql, { find, replace }) => sql.split(find).join(replace), text))`,
});

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
