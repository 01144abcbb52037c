/** Stands between an SDK client and a local engine, and does to their calls what networks and full engines do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenLocally, type LocalServer } from './local-server.js';

/** One call, as the AWS JSON protocol writes it. */
export interface Call {
  /** `PutItem`, `PutRecords`, … */
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

/**
 * What happens to a call.
 *
 * - `pass`: forwarded and answered.
 * - `loseRequest`: the connection breaks before the engine sees it.
 * - `loseResponse`: the engine does it, the connection breaks before the answer.
 * - `late`: the connection breaks, and the engine does it after all, but only some calls later.
 * - an answer: given in the engine's place, which never sees the call.
 * - a rewrite: the engine's answer, changed.
 */
export type Fate =
  | 'pass'
  | 'loseRequest'
  | 'loseResponse'
  | 'late'
  | { readonly status: number; readonly answer: Record<string, unknown> }
  | {
      readonly forward: Record<string, unknown>;
      rewrite(answer: Record<string, unknown>): Record<string, unknown>;
    };

export const throttle = (type: string): Fate => ({
  status: 400,
  answer: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'injected: too fast' },
});

export interface FaultyProxy extends LocalServer {
  /** Decides each call's fate; `pass` until a test sets it. */
  fateOf: (call: Call) => Fate;
  /** Every call that arrived, in order. */
  readonly calls: Call[];
  /** Let every late call take effect. */
  settle(): Promise<void>;
}

const LATE_AFTER_CALLS = 5;

export async function startFaultyProxy(engineUrl: string): Promise<FaultyProxy> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  let lateCalls: { readonly dueAtCount: number; readonly forward: () => Promise<unknown> }[] = [];
  const settle = async (callCount = Number.POSITIVE_INFINITY): Promise<void> => {
    const due = lateCalls.filter(({ dueAtCount }) => dueAtCount <= callCount);
    lateCalls = lateCalls.filter(({ dueAtCount }) => dueAtCount > callCount);
    for (const { forward } of due) await forward();
  };
  const proxy: FaultyProxy = {
    ...(await listenLocally(server)),
    fateOf: () => 'pass',
    calls: [],
    settle: () => settle(),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const call = { operation: operationOf(request), body: JSON.parse(text) as Record<string, unknown> };
    const callCount = proxy.calls.push(call);
    await settle(callCount);
    const fate = proxy.fateOf(call);
    if (fate === 'loseRequest') return void response.destroy();
    if (typeof fate === 'object' && 'answer' in fate)
      return reply(response, fate.status, JSON.stringify(fate.answer));
    const isRewritten = typeof fate === 'object';
    const headers = forwardedHeaders(request);
    const body = isRewritten ? JSON.stringify(fate.forward) : text;
    const forward = (): Promise<Response> => fetch(engineUrl, { method: 'POST', headers, body });
    if (fate === 'late') {
      lateCalls.push({ dueAtCount: callCount + LATE_AFTER_CALLS, forward });
      return void response.destroy();
    }
    const answer = await forward();
    const answerText = await answer.text();
    if (fate === 'loseResponse') return void response.destroy();
    const isChanged = isRewritten && answer.ok;
    reply(
      response,
      answer.status,
      isChanged
        ? JSON.stringify(fate.rewrite(JSON.parse(answerText) as Record<string, unknown>))
        : answerText,
    );
  }
  return proxy;
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** The engines check that a call is signed, not by whom. */
const forwardedHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    ['x-amz-target', 'content-type', 'authorization', 'x-amz-date'].flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );

const operationOf = (request: IncomingMessage): string =>
  String(request.headers['x-amz-target']).split('.').at(-1) ?? '';

/** Without a checksum header: DynamoDB's client checks one only if it is there. */
function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
}
