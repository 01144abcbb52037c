/** A person's path through the console, in a real browser against a real server. */
import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { HOUR_MS } from '../../core/time.js';
import type { Health } from '../../server/health.js';
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

const DAY = '2026-11-20';

const aServerWithASealedDay = (): Promise<TestServer> => aServerWithAClosedDay('sealed');

/** A server after a day of three events, whose audit came to this once `spoil` had been at its data. */
async function aServerWithAClosedDay(
  outcome: 'sealed' | 'held',
  spoil: (dataDirectory: string) => void = () => undefined,
): Promise<TestServer> {
  const dataDirectory = await makeDataDirectory();
  const serverAt = (instant: string): Promise<TestServer> =>
    aServer({ dataDirectory, latenessMs: HOUR_MS, clockStartMs: Date.parse(instant) });
  const first = await serverAt(`${DAY}T09:00:00Z`);
  const events = ['/home', '/home', '/docs'].map((subject, index) =>
    eventLine(String(index), { subject, time: `${DAY}T08:30:00.000Z` }),
  );
  await first.post(events.join('\n'), { 'content-type': 'application/x-ndjson' });
  await first.counted('page.viewed');
  await first.stop();
  const second = await serverAt('2026-11-21T01:30:00Z');
  spoil(dataDirectory);
  const audit = await runTally(['audit', '--data', dataDirectory, '--day', DAY], {
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  });
  expect(audit.stderr).toContain(`${DAY} ${outcome}`);
  return second;
}

interface Stop {
  /** As a screen reader says it. */
  readonly name: string;
  /** There is an outline, and it is in the window. */
  readonly isSeen: boolean;
}

/** Press Tab from the top of the page until there is nothing more to come to. */
async function stopsOf(page: Page): Promise<Stop[]> {
  const stops: Stop[] = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<Stop | null>(STOP);
    if (stop === null) return stops;
    stops.push(stop);
  }
}

/** In the browser's words: what has the focus now. */
const STOP = `(() => {
  const stop = document.activeElement;
  if (stop === null || stop === document.body) return null;
  const labelledBy = document.getElementById(stop.getAttribute('aria-labelledby'));
  const name = stop.getAttribute('aria-label') ?? (labelledBy ?? stop.labels?.[0] ?? stop).textContent;
  const { top, bottom } = stop.getBoundingClientRect();
  const isInWindow = bottom > 0 && top < innerHeight;
  const style = getComputedStyle(stop);
  return { name: name.trim(), isSeen: isInWindow && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 };
})()`;

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

  it('finds a type among a hundred thousand, of as many subjects, and draws and reads only so much', async () => {
    const server = await aServer();
    const types = Array.from({ length: 20 }, (_, page) =>
      Array.from({ length: 5_000 }, (_, index) => {
        const number = page * 5_000 + index;
        return eventOfNow({ id: String(number), type: `t.${number}`, subject: `s.${number}` });
      }),
    );
    for (const events of types) expect((await server.post(events)).status).toBe(202);
    await server.counted('t.99999');
    const console = await openConsole(browser, server.url);
    await untilText(console, '#types-note', '100,000 types');
    await console.page.getByLabel('Find a type').fill('t.99999');
    await console.page.getByRole('button', { name: 't.99999' }).click();
    await untilText(console, '#counter .total', '1');
    await console.page.getByLabel('Subject', { exact: true }).fill('s.99999');
    await console.page.getByLabel('Subject', { exact: true }).press('Enter');
    await untilText(console, '#counter h3', 't.99999 · s.99999');
    await untilText(console, '#counter .total', '1');
    await console.page.getByLabel('Find a type').fill('');
    await console.page.getByRole('button', { name: 'Show more (99,900 not shown)' }).waitFor();
    expect(await console.page.locator('*').count()).toBeLessThan(800);
    expect(await console.largestAnswerBytes()).toBeLessThan(2_000_000);
    expect(console.troubles).toEqual([]);
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

  it('says so when an audit holds a day, and what a person has to do', async () => {
    const server = await aServerWithAClosedDay('held', (dataDirectory) => {
      const folder = join(dataDirectory, 'events', `dt=${DAY}`, 'hour=09');
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      rmSync(join(dataDirectory, 'receipts'), { recursive: true });
    });
    const console = await openConsole(browser, server.url);
    await untilText(console, '#right-answer', 'An audit needs you');
    await console.page.getByRole('button', { name: '20 Nov 2026' }).click();
    const report = console.page.getByRole('dialog');
    await report.getByText(`tally seal --day ${DAY} --trust archive`).waitFor();
    await report.getByRole('row', { name: 'page.viewed 08:00 0 3 3 undecided Over count' }).waitFor();
    expect(await console.seriousFindings()).toEqual([]);
    expect(console.troubles).toEqual([]);
  });

  it('shows what an API without live rates can answer, as the one on AWS, and asks for them only once', async () => {
    const server = await aServer();
    await server.post(eventOfNow());
    await server.counted('page.viewed');
    const console = await openConsole(browser, 'about:blank');
    const asked: string[] = [];
    console.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    // What API Gateway says of a route that is not there, and all that health is on AWS.
    await console.page.route('**/v1/stats', (route) =>
      route.fulfill({ status: 404, json: { message: 'Not Found' } }),
    );
    await console.page.route('**/v1/health', async (route) => {
      const { status, asOf, lagMs, sealedThrough } = (await (await route.fetch()).json()) as Health;
      await route.fulfill({ json: { status, asOf, lagMs, sealedThrough } });
    });
    await console.page.goto(server.url);
    await untilText(console, '#connection', 'Live');
    await untilText(console, '#pipeline', 'Rates and cost are on the CloudWatch dashboard');
    await untilText(console, '#pipeline-figures', 'no day yet');
    await untilText(console, '#counter .total', '1');
    expect(await console.page.getByText('How much comes in?').isVisible()).toBe(false);
    await sendEvent(console, 'page.viewed', '/docs');
    await untilText(console, '#fate', 'page.viewed · /docs is 1');
    expect(asked.filter((path) => path === '/v1/stats')).toHaveLength(1);
    expect(await console.seriousFindings()).toEqual([]);
    const unexpected = console.troubles.filter((trouble) => !/404|^a request to/.test(trouble));
    expect(unexpected).toEqual([]);
  });

  it('asks for another key where API Gateway does not let this one in', async () => {
    const console = await openConsole(browser, 'about:blank');
    await console.page.route('**/v1/**', (route) =>
      route.fulfill({ status: 403, json: { message: 'Forbidden' } }),
    );
    await console.page.goto((await aServer()).url);
    await console.page.getByRole('dialog', { name: 'This server needs a key' }).waitFor();
  });

  it('can be walked through by keyboard alone: every stop is seen, and each does what it says', async () => {
    const server = await aServerWithASealedDay();
    const console = await openConsole(browser, `${server.url}/?type=page.viewed&by=P1D`);
    const { page } = console;
    await untilText(console, '#right-answer', 'Proven to 20 Nov 2026');
    await untilText(console, '.top', '/home');
    const stops = await stopsOf(page);
    expect(stops.map(({ name }) => name)).toEqual([
      'Skip to the counters',
      ...['Pipeline', 'Counters', 'Days', 'Send', 'Theme: auto'],
      ...['Find a type', 'page.viewed', 'Subject', 'Look', 'Minute', 'Hour', 'Day', 'As a table'],
      ...['/home', '/docs'],
      ...['Days', '20 Nov 2026'],
      ...['Type', 'Subject optional', 'Value', 'Send event', 'Copy', 'The same by curl', 'HTTP API'],
    ]);
    expect(stops.filter(({ isSeen }) => !isSeen)).toEqual([]);
    await page.getByRole('button', { name: '20 Nov 2026' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    // Back to where it was opened from.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('20 Nov 2026');
    await page.getByLabel('Type', { exact: true }).press('Enter');
    await untilText(console, '#fate', 'Counted');
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
    expect(await textOf(console, '#fresh-answer')).toBe('Not known');
    expect(await console.seriousFindings()).toEqual([]);
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
