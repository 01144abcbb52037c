import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { readSql } from '../../../adapters/aws/sql-files.js';
import { BUNDLE } from '../../../lib/bundling.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

const ROOT = join(__dirname, '../../..');

it('reads the texts where the sources lie', () => {
  expect(readSql('lines')).toContain('from staged');
});

it('reads the texts beside a bundle, wherever that is', async () => {
  const directory = await makeTemporaryDirectory();
  const outfile = join(directory, 'index.mjs');
  const contents = `import { readSql } from './adapters/aws/sql-files.ts'; console.log(readSql('lines'));`;
  await build({
    ...BUNDLE,
    mainFields: [...BUNDLE.mainFields],
    banner: { js: BUNDLE.banner },
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    platform: 'node',
    outfile,
  });
  cpSync(join(ROOT, 'sql'), join(directory, 'sql'), { recursive: true });
  expect(execFileSync(process.execPath, [outfile], { encoding: 'utf8' }).trim()).toBe(
    readSql('lines').trim(),
  );
  await removeDirectory(directory);
});
