import { execFile } from 'node:child_process';

/** As `npm run chaos -- …` does. */
const chaos = (args: readonly string[]): Promise<{ exitCode: unknown; stderr: string }> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'test/simulation/chaos.ts', ...args],
      (error, _stdout, stderr) => resolve({ exitCode: error?.code ?? 0, stderr }),
    );
  });

it.each([
  { args: ['--seeds', '-5'], says: '"-5" is no count; accepted: a whole number from 1 to 1,000,000' },
  { args: ['--events', '0'], says: '"0" is no count; accepted: a whole number from 1 to 1,000,000,000' },
  { args: ['--seed', 'NaN'], says: '"NaN" is no count' },
  { args: ['--crash', '1'], says: '"1" is no share; accepted: 0 up to, but not, 1' },
  { args: ['--break', 'nothing'], says: 'there is no "nothing"; accepted: settle, lsn-condition' },
])('refuses $args, and says what it accepts', async ({ args, says }) => {
  const { exitCode, stderr } = await chaos(args);
  expect(stderr).toContain(says);
  expect(exitCode).toBe(1);
});
