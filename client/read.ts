import { refusal, type Http } from './http.js';
import type { CounterQuery, CounterReply, CounterRow, Health } from './types.js';

interface CounterPage extends CounterReply {
  readonly next?: string | null;
}

/**
 * A counter with all its rows. Total and `asOf` are the first page's: what the later pages know too.
 *
 * @throws {RefusedError} with the server's code.
 */
export async function readCounter(http: Http, type: string, query: CounterQuery): Promise<CounterReply> {
  const { next, ...first } = await readPage(http, type, { ...query });
  const rows: CounterRow[] = [...first.rows];
  let cursor = next;
  while (typeof cursor === 'string') {
    const page = await readPage(http, type, { ...query, cursor });
    rows.push(...page.rows);
    cursor = page.next;
  }
  return { ...first, rows };
}

export const readHealth = async (http: Http): Promise<Health> =>
  (await readJson(http, '/v1/health')) as Health;

const readPage = async (http: Http, type: string, query: Record<string, string>): Promise<CounterPage> =>
  (await readJson(
    http,
    `/v1/counters/${encodeURIComponent(type)}?${new URLSearchParams(query).toString()}`,
  )) as CounterPage;

async function readJson(http: Http, path: string): Promise<unknown> {
  const { status, json } = await http({ method: 'GET', path });
  if (status !== 200) throw refusal(status, json);
  return json;
}
