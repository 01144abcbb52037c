/** A person's path through the console, in a real browser against a real server. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { HOUR_MS } from '../../core/time.js';
import { eventLine, runTally } from '../cli/run-tally.js';
import { aServer, eventOfNow, makeDataDirectory, stopServers, type TestServer } from '../server/a-server.js';
import { launchBrowser } from './a-browser.js';
import { openConsole, type ConsolePage } from './console-page.js';

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser?.close());
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await stopServers();
});

/** What is seen, as text. */
const textOf = (console: ConsolePage, selector: string): Promise<string | null> =>
  console.page.locator(selector).textContent();

const untilText = (console: ConsolePage, selector: string, text: string): Promise<void> =>
  console.page.locator(selector, { hasText: text }).waitFor();

async function sendEvent({ page }: ConsolePage, type: string, subject: string): Promise<void> {
  await page.getByLabel('Type', { exact: true }).fill(type);
  await page.locator('#send-subject').fill(subject);
  await page.getByRole('button', { name: 'Send event' }).click();
}

/** A server two days after a day of three events, which was sealed. */
async function aServerWithASealedDay(): Promise<TestServer> {
  const dataDirectory = await makeDataDirectory();
  const serverAt = (instant: string): Promise<TestServer> =>
    aServer({ dataDirectory, latenessMs: HOUR_MS, clockStartMs: Date.parse(instant) });
  const first = await serverAt('2026-11-20T09:00:00Z');
  const events = ['/home', '/home', '/docs'].map((subject, index) =>
    eventLine(String(index), { subject, time: '2026-11-20T08:30:00.000Z' }),
  );
  await first.post(events.join('\n'), { 'content-type': 'application/x-ndjson' });
  await first.counted('page.viewed');
  await first.stop();
  const second = await serverAt('2026-11-21T01:30:00Z');
  const audit = await runTally(['audit', '--data', dataDirectory, '--day', '2026-11-20'], {
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  });
  expect(audit).toMatchObject({ exitCode: 0 });
  return second;
}

/** From now on the server wants a key: this one will do. */
async function aKeyOf({ dataDirectory }: TestServer): Promise<string> {
  const { stdout } = await runTally(['keys', 'create', '--data', dataDirectory, '--scope', 'read,ingest']);
  return stdout.trim();
}

describe('the console', () => {
  it('says what to do when there is nothing yet', async () => {
    const console = await openConsole(browser, (await aServer()).url);
    await untilText(console, '#connection', 'Live');
    await console.page.getByText('Nothing is counted yet').waitFor();
    await console.page.getByText('No day was audited yet').waitFor();
    expect(await textOf(console, '#right-answer')).toBe('Not audited yet');
    expect(console.troubles).toEqual([]);
    expect(await console.seriousFindings()).toEqual([]);
  });

  it('sends an event, shows it counted within a second, and a duplicate counted zero more times', async () => {
    const console = await openConsole(browser, (await aServer()).url);
    await untilText(console, '#connection', 'Live');
    await sendEvent(console, 'page.viewed', '/home');
    await console.page.locator('#fate strong', { hasText: 'Accepted' }).waitFor();
    // The promise to a person, so a limit in the test: a page that shows it later fails.
    await console.page.locator('#counter .total', { hasText: /^1$/ }).waitFor({ timeout: 1_000 });
    expect(await console.page.locator('#counter h3').textContent()).toBe('page.viewed · /home');
    await console.page.getByRole('button', { name: 'Send the same event again' }).click();
    await untilText(console, '#fate', 'A duplicate: counted zero more times');
    await untilText(console, '#pipeline-figures', 'Duplicates');
    await console.page.locator('#pipeline-figures div', { hasText: /^Duplicates.*1$/ }).waitFor();
    expect(await textOf(console, '#counter .total')).toBe('1');
    expect(console.troubles).toEqual([]);
    expect(await console.seriousFindings()).toEqual([]);
  });

  it('gives a curl command that sends the very event', async () => {
    const server = await aServer();
    const console = await openConsole(browser, server.url);
    await untilText(console, '#connection', 'Live');
    await sendEvent(console, 'quoted', "it's /home");
    await untilText(console, '#fate', "quoted · it's /home is 1");
    const curl = (await textOf(console, '#curl')) ?? '';
    // Not the synchronous one: the server that curl asks is in this process.
    const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1 });
    expect(await server.counted('quoted')).toMatchObject({ events: 1 });
  });

  it('says why an event was rejected', async () => {
    const console = await openConsole(browser, (await aServer()).url);
    await untilText(console, '#connection', 'Live');
    await sendEvent(console, 'no/slash', '');
    await untilText(console, '#fate', 'type_invalid: ');
    await untilText(console, '#pipeline-figures', 'type invalid');
  });

  it('changes granularity and subject, by keyboard too, and keeps the view over a reload', async () => {
    const server = await aServer();
    await server.post([
      eventOfNow({ id: 'a' }),
      eventOfNow({ id: 'b', subject: '/docs', data: { value: 41 } }),
    ]);
    await server.counted('page.viewed');
    const console = await openConsole(browser, `${server.url}/?type=page.viewed`);
    await untilText(console, '#counter .total', '42');
    await console.page.getByRole('button', { name: 'Hour' }).press('Enter');
    await untilText(console, '#counter .readout', 'By hour, the last 7 days; highest 42');
    await console.page.getByLabel('Subject', { exact: true }).fill('/docs');
    await console.page.getByLabel('Subject', { exact: true }).press('Enter');
    await untilText(console, '#counter .total', '41');
    await console.page.getByText('As a table').click();
    await console.page.getByRole('region', { name: 'Figures of the chart' }).getByText('live').waitFor();
    expect(await console.seriousFindings()).toEqual([]);
    await console.page.reload();
    await untilText(console, '#counter .readout', 'By hour, the last 7 days; highest 41');
    await console.page.goBack();
    await untilText(console, '#counter .total', '42');
    expect(console.troubles).toEqual([]);
  });

  it('finds a type among a hundred thousand, and stays quick', async () => {
    const server = await aServer();
    const types = Array.from({ length: 20 }, (_, page) =>
      Array.from({ length: 5_000 }, (_, index) =>
        eventOfNow({ id: `${page}-${index}`, subject: undefined, type: `t.${page * 5_000 + index}` }),
      ),
    );
    for (const events of types) expect((await server.post(events)).status).toBe(202);
    await server.counted('t.99999');
    const console = await openConsole(browser, server.url);
    await untilText(console, '#types-note', '100,000 types');
    await console.page.getByLabel('Find a type').fill('t.99999');
    await console.page.getByRole('button', { name: 't.99999' }).click();
    await untilText(console, '#counter .total', '1');
    expect(await console.page.locator('#types li').count()).toBeLessThan(101);
  });

  it('shows a sealed day, its report and its top subjects', async () => {
    const server = await aServerWithASealedDay();
    const console = await openConsole(browser, `${server.url}/?type=page.viewed&by=P1D`);
    await untilText(console, '#right-answer', 'Proven to 20 Nov 2026');
    await console.page.getByRole('button', { name: '20 Nov 2026' }).click();
    const report = console.page.getByRole('dialog');
    await report.getByText('Audit run 1').waitFor();
    await report.getByRole('row', { name: 'Counters 6 6' }).waitFor();
    expect(await console.seriousFindings()).toEqual([]);
    await console.page.keyboard.press('Escape');
    await report.waitFor({ state: 'hidden' });
    await untilText(console, '#counter .statuses', 'sealed');
    await console.page.locator('.top').getByRole('button', { name: '/home' }).click();
    await untilText(console, '#counter .total', '2');
    expect(console.troubles).toEqual([]);
  });

  it('keeps its view while the server is away, and goes on when it is back, without a reload', async () => {
    const dataDirectory = await makeDataDirectory();
    const first = await aServer({ dataDirectory });
    const port = Number(new URL(first.url).port);
    await first.post(eventOfNow());
    await first.counted('page.viewed');
    const console = await openConsole(browser, first.url);
    await untilText(console, '#counter .total', '1');
    await console.page.evaluate('window.isTheSamePage = true');
    await first.stop();
    await untilText(console, '#connection', 'Server unreachable since');
    expect(await textOf(console, '#counter .total')).toBe('1');
    expect(await textOf(console, '#types-note')).toBe('1 type');
    const second = await aServer({ dataDirectory, port });
    await untilText(console, '#connection', 'Live');
    await second.post(eventOfNow({ id: 'id-2' }));
    await untilText(console, '#counter .total', '2');
    expect(await console.page.evaluate('window.isTheSamePage')).toBe(true);
    expect(console.troubles.filter((trouble) => !trouble.includes('net::ERR_'))).toEqual([]);
  });

  it('asks for a key when the server needs one, and keeps it in the tab only', async () => {
    const server = await aServer();
    const token = await aKeyOf(server);
    const console = await openConsole(browser, server.url);
    const dialog = console.page.getByRole('dialog', { name: 'This server needs a key' });
    await dialog.getByLabel('Key').fill('tally_wrong');
    await dialog.getByRole('button', { name: 'Use key' }).click();
    await dialog.getByText('The key given was refused').waitFor();
    expect(await console.seriousFindings()).toEqual([]);
    await dialog.getByLabel('Key').fill(token);
    await dialog.getByRole('button', { name: 'Use key' }).click();
    await untilText(console, '#connection', 'Live');
    expect(await console.page.evaluate('JSON.stringify([localStorage, document.cookie])')).not.toContain(
      token,
    );
    expect(await textOf(console, '#curl')).not.toContain(token);
    await console.page.getByRole('button', { name: 'Forget key' }).click();
    await dialog.waitFor();
  });

  it.each([
    { colorScheme: 'light', width: 390 },
    { colorScheme: 'dark', width: 390 },
    { colorScheme: 'dark', width: 1280 },
  ] as const)('fits and reads well in $colorScheme, $width wide', async ({ colorScheme, width }) => {
    const server = await aServer();
    await server.post([eventOfNow({ type: 'x'.repeat(128) }), eventOfNow({ time: '2020-01-01T00:00:00Z' })]);
    await server.counted('x'.repeat(128));
    const console = await openConsole(browser, server.url, { colorScheme, viewport: { width, height: 844 } });
    await untilText(console, '#counter .total', '1');
    expect(await console.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await console.seriousFindings()).toEqual([]);
  });
});
