/** The console as a person meets it; everything that goes wrong behind it is kept, to be asserted on. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Locator, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

export interface ConsolePage {
  readonly page: Page;
  /** Console errors (a breach of the Content-Security-Policy is one), exceptions and requests to elsewhere. */
  readonly troubles: string[];
  /** The part of the page under this heading. */
  section(title: string): Locator;
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
  await page.goto(url);
  return {
    page,
    troubles,
    section: (title) =>
      page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) }),
    seriousFindings: () => seriousFindings(page),
  };
}

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
