/** The console as a person meets it; everything that goes wrong behind it is kept, to be asserted on. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page, Response } from 'playwright-core';

const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

export interface ConsolePage {
  readonly page: Page;
  /** Console errors (a breach of the Content-Security-Policy is one), exceptions and requests to elsewhere. */
  readonly troubles: string[];
  /** The largest answer so far, in bytes as it is read. */
  largestAnswerBytes(): Promise<number>;
  /** What axe finds of impact serious or critical. */
  seriousFindings(): Promise<string[]>;
}

export async function openConsole(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<ConsolePage> {
  // The page's policy keeps axe out, as it should; what is tested is the page, so axe comes in by the debugger.
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) troubles.push(`a request to ${request.url()}`);
  });
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => sizes.push(sizeOf(response)));
  await page.goto(url);
  return {
    page,
    troubles,
    largestAnswerBytes: async () => Math.max(...(await Promise.all(sizes))),
    seriousFindings: () => seriousFindings(page),
  };
}

/** An answer that was cut off, because the page went on, has no size. */
const sizeOf = (response: Response): Promise<number> =>
  response.body().then(
    ({ length }) => length,
    () => 0,
  );

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResult>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
