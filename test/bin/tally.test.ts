import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface CdkJson {
  readonly app: string;
  readonly context: Record<string, unknown>;
}

/** Run the app as the CDK's command line does: context in a variable, the assembly in a directory. */
function runApp(context: Record<string, unknown>, outdir: string) {
  const cdkJson = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as CdkJson;
  const [program = '', ...args] = cdkJson.app.split(' ');
  return spawnSync(join(ROOT, 'node_modules/.bin', program), args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, 'aws:cdk:bundling-stacks': [], ...context }),
    },
  });
}

describe('the CDK app', () => {
  let outdir: string;
  beforeEach(() => {
    outdir = mkdtempSync(join(tmpdir(), 'tally-cdk-'));
  });
  afterEach(() => {
    rmSync(outdir, { recursive: true });
  });

  it('synthesises one stack from its context', () => {
    const { status, stderr } = runApp({ stripes: '8' }, outdir);
    expect({ status, errors: /error/i.test(stderr) ? stderr : '' }).toEqual({ status: 0, errors: '' });
    const template = readFileSync(join(outdir, 'Tally.template.json'), 'utf8');
    expect(template).toContain('"ShardCount": 8');
  });

  it('fails on what it does not understand, and says what it accepts', () => {
    const { status, stderr } = runApp({ lnes: '128' }, outdir);
    expect(status).not.toBe(0);
    expect(stderr).toContain('context lnes is not known; accepted: alarmEmail, auditAt, console');
  });
});
