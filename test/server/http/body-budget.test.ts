import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyBudget } from '../../../server/http/body-budget.js';

const LIMIT = 100;

/** A request as far as a budget looks at it, and the end of its connection. */
function arrival(contentLength?: string): {
  request: IncomingMessage;
  response: ServerResponse;
  close: () => void;
} {
  const response = new EventEmitter();
  return {
    request: {
      headers: contentLength === undefined ? {} : { 'content-length': contentLength },
    } as IncomingMessage,
    response: response as ServerResponse,
    close: () => void response.emit('close'),
  };
}

describe('BodyBudget', () => {
  it('takes bodies until their declared lengths fill it, and again as they are done with', () => {
    const budget = new BodyBudget(250);
    const [first, second, third] = [arrival('100'), arrival('100'), arrival('51')];
    budget.book(first.request, first.response, LIMIT);
    budget.book(second.request, second.response, LIMIT);
    expect(() => budget.book(third.request, third.response, LIMIT)).toThrow(/200 bytes of other requests/);
    first.close();
    expect(() => budget.book(third.request, third.response, LIMIT)).not.toThrow();
  });

  it.each([
    { why: 'no length', contentLength: undefined },
    { why: 'no number', contentLength: 'many' },
    { why: 'more than is accepted, which is refused by its own limit', contentLength: '1000000' },
  ])('reckons with the longest body accepted when one declares $why', ({ contentLength }) => {
    const budget = new BodyBudget(2 * LIMIT - 1);
    const { request, response } = arrival(contentLength);
    budget.book(request, response, LIMIT);
    const next = arrival('100');
    expect(() => budget.book(next.request, next.response, LIMIT)).toThrow(
      expect.objectContaining({ code: 'backlog_full' }) as Error,
    );
  });
});
