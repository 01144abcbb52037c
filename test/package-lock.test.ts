import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

it('locks every optional platform package, or npm ci would refuse to install (see scripts/complete-lock.mjs)', () => {
  // A module of its own process: jest compiles to CommonJS, the scripts are plain ES modules.
  const program = `
    import { readFileSync } from 'node:fs';
    import { missingFrom } from './scripts/missing-from-lock.mjs';
    console.log(JSON.stringify(missingFrom(JSON.parse(readFileSync('package-lock.json', 'utf8')))));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(__dirname, '..'),
  });
  expect(JSON.parse(printed.toString())).toEqual([]);
});
