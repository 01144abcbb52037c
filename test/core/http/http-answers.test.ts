import { readFileSync } from 'node:fs';
import { REQUEST_ERROR_CODES, StreamUnavailableError, TallyError } from '../../../core/errors.js';
import { bearerTokenOf } from '../../../core/http/bearer-token.js';
import { parseMetadata, parseTypesPage, typesAnswerOf } from '../../../core/http/catalog-request.js';
import { ingestAnswer } from '../../../core/http/ingest-answer.js';
import { STATUS_BY_CODE, problemAnswer } from '../../../core/http/problem-answer.js';

const codeOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as TallyError).code;
  }
};

const bodyOf = ({ body }: { body: string }): unknown => JSON.parse(body);

describe('problemAnswer', () => {
  test('carries code, status and message', () => {
    const answer = problemAnswer(new TallyError('body_too_large', 'too much'));

    expect(answer).toMatchObject({ status: 413, headers: { 'content-type': 'application/problem+json' } });
    expect(bodyOf(answer)).toEqual({
      title: 'Content Too Large',
      status: 413,
      code: 'body_too_large',
      detail: 'too much',
    });
  });

  test('says nothing of an error that is not ours', () => {
    const answer = problemAnswer(new Error('table journal-1234 at 10.0.0.1'));

    expect(bodyOf(answer)).toMatchObject({ status: 500, code: 'internal_error' });
    expect(answer.body).not.toContain('journal');
  });

  test('says when to come back', () => {
    expect(problemAnswer(new StreamUnavailableError('full', { retryAfterSeconds: 7 })).headers).toMatchObject(
      {
        'retry-after': '7',
      },
    );
    expect(problemAnswer(new TallyError('settings_disagree', 'lanes'))).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) as string },
    });
    expect(problemAnswer(new TallyError('forbidden', 'no')).headers).not.toHaveProperty('retry-after');
  });

  test.each(REQUEST_ERROR_CODES)('%s has the status that docs/errors.md gives', (code) => {
    const docs = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const documented = new RegExp(`### ${code}\\n\\n\`(\\d+)\``).exec(docs)?.[1];

    expect(documented).toBe(String(STATUS_BY_CODE[code]));
  });
});

describe('ingestAnswer', () => {
  const rejected = [{ index: 0, code: 'time_too_old', message: 'old' } as const];

  test.each([
    ['one good event', { accepted: 1, rejected }, 202],
    ['no event at all', { accepted: 0, rejected: [] }, 202],
    ['only bad events', { accepted: 0, rejected }, 422],
  ])('%s', (_, outcome, status) => {
    const answer = ingestAnswer(outcome);

    expect(answer.status).toBe(status);
    expect(bodyOf(answer)).toEqual(outcome);
  });
});

test.each([
  ['Bearer abc', 'abc'],
  ['bearer  abc ', 'abc'],
  ['Basic abc', null],
  ['Bearer', null],
  ['Bearer a b', null],
  [undefined, null],
])('the token of %p is %p', (header, token) => {
  expect(bearerTokenOf(header)).toBe(token);
});

describe('catalog requests', () => {
  test('metadata is taken as it is', () => {
    expect(parseMetadata('{"unit":"uses","owner":""}')).toEqual({ unit: 'uses', owner: '' });
  });

  test.each([
    ['no JSON', '{', 'body_unreadable'],
    ['no object', '[]', 'body_unreadable'],
    ['an unknown field', '{"units":"x"}', 'parameter_invalid'],
    ['a number', '{"unit":1}', 'parameter_invalid'],
    ['too long a text', JSON.stringify({ unit: 'x'.repeat(1_025) }), 'parameter_invalid'],
  ])('metadata: %s is refused', (_, body, code) => {
    expect(codeOf(() => parseMetadata(body))).toBe(code);
  });

  test('a full page has a next one', () => {
    const entry = { type: 'a', firstSeenAtMs: 1 };

    expect(parseTypesPage({ cursor: 'a', limit: '1' })).toEqual({ after: 'a', limit: 1 });
    expect(typesAnswerOf([entry], { after: null, limit: 1 })).toEqual({
      types: [{ type: 'a', firstSeenAt: '1970-01-01T00:00:00.001Z' }],
      next: 'a',
    });
    expect(typesAnswerOf([entry], { after: null, limit: 2 }).next).toBeNull();
    expect(codeOf(() => parseTypesPage({ form: 'x' }))).toBe('parameter_invalid');
  });
});
