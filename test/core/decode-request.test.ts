import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { decodeRequest } from '../../core/decode-request.js';
import { TallyError } from '../../core/errors.js';
import { REQUEST_BYTES_MAX, REQUEST_EVENTS_MAX } from '../../core/limits.js';
import type { RequestHeaders, RequestItem } from '../../core/request-item.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const NDJSON_TYPE = { 'content-type': 'application/x-ndjson' };

const decode = (headers: RequestHeaders, body: string | Uint8Array): RequestItem[] =>
  decodeRequest(headers, typeof body === 'string' ? Buffer.from(body) : body);

function errorOf(headers: RequestHeaders, body: string | Uint8Array): TallyError {
  try {
    decode(headers, body);
  } catch (error) {
    if (error instanceof TallyError) return error;
    throw error;
  }
  throw new Error('the request was decoded');
}

describe('a body of JSON', () => {
  it.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/cloudevents+json',
    'application/cloudevents-batch+json; charset=us-ascii',
    '',
  ])('is read as %p', (contentType) => {
    expect(decode({ 'content-type': contentType }, '[{"a":1},2]')).toEqual([
      { candidate: { a: 1 } },
      { candidate: 2 },
    ]);
    expect(decode({ 'content-type': contentType }, '{"a":1}')).toEqual([{ candidate: { a: 1 } }]);
  });

  it('is read without a content type', () => {
    expect(decode({}, ' {"a":1}\n')).toEqual([{ candidate: { a: 1 } }]);
  });

  it.each([
    { why: 'an empty array, which is no event', body: '[]', items: [] },
    { why: 'a scalar, which is no object', body: '7', items: [{ candidate: 7 }] },
    { why: 'a byte order mark', body: '\ufeff[1]', items: [{ candidate: 1 }] },
    { why: 'duplicate keys: the last', body: '{"a":1,"a":2}', items: [{ candidate: { a: 2 } }] },
  ])('may be $why', ({ body, items }) => {
    expect(decode(JSON_TYPE, body)).toEqual(items);
  });

  it('may nest as deep as it fits', () => {
    expect(decode(JSON_TYPE, `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)).toHaveLength(1);
  });
});

describe('a body of lines', () => {
  it.each(['application/x-ndjson', 'application/ndjson', 'application/jsonl; charset=utf-8'])(
    'is read as %p',
    (contentType) => {
      expect(decode({ 'content-type': contentType }, '{"a":1}\n{"b":2}')).toEqual([
        { candidate: { a: 1 } },
        { candidate: { b: 2 } },
      ]);
    },
  );

  it('skips blank lines and carriage returns', () => {
    expect(decode(NDJSON_TYPE, '\n{"a":1}\r\n  \r\n\n{"b":2}\n\n')).toHaveLength(2);
  });

  it('makes a bad line one bad event, and says which line it is', () => {
    const items = decode(NDJSON_TYPE, '{"a":1}\n\n{"b":\n{"c":3}');
    expect(items).toMatchObject([
      { candidate: { a: 1 } },
      { error: { code: 'json_invalid', message: expect.stringContaining('line 3 is not JSON') as string } },
      { candidate: { c: 3 } },
    ]);
  });

  it('holds no more than one value per line', () => {
    expect(decode(NDJSON_TYPE, '1,2\n{} {}')).toMatchObject([{ error: {} }, { error: {} }]);
  });
});

describe('gzip', () => {
  it('is recognised by its bytes, with or without a header', () => {
    const body = gzipSync('[1]');
    expect(decode(JSON_TYPE, body)).toEqual([{ candidate: 1 }]);
    expect(decode({ ...JSON_TYPE, 'content-encoding': 'gzip' }, body)).toEqual([{ candidate: 1 }]);
  });

  it('is not believed of plain text', () => {
    expect(decode({ ...JSON_TYPE, 'content-encoding': 'gzip' }, '[1]')).toEqual([{ candidate: 1 }]);
  });

  it('may come in several members', () => {
    expect(decode(NDJSON_TYPE, Buffer.concat([gzipSync('1\n'), gzipSync('2\n')]))).toHaveLength(2);
  });
});

describe('binary mode', () => {
  const HEADERS = { 'ce-specversion': '1.0', 'ce-id': 'i', 'ce-source': 's', 'ce-type': 't' };

  it('takes attributes from headers and JSON data from the body', () => {
    const headers = { ...HEADERS, 'content-type': 'application/json', 'ce-traceid': 'x', host: 'h' };
    expect(decode(headers, '{"value":2}')).toEqual([
      {
        candidate: {
          specversion: '1.0',
          id: 'i',
          source: 's',
          type: 't',
          traceid: 'x',
          datacontenttype: 'application/json',
          data: { value: 2 },
        },
      },
    ]);
  });

  it.each([
    { why: 'no body: no data', contentType: undefined, body: '', expected: {} },
    { why: 'no content type: JSON', contentType: undefined, body: '1', expected: { data: 1 } },
    { why: 'any +json', contentType: 'application/vnd.x+json', body: '[1]', expected: { data: [1] } },
    { why: 'text', contentType: 'text/plain', body: 'grüße', expected: { data: 'grüße' } },
    {
      why: 'text of another charset as bytes',
      contentType: 'text/plain; charset=latin1',
      body: 'a',
      expected: { data_base64: 'YQ==' },
    },
    {
      why: 'bytes',
      contentType: 'application/octet-stream',
      body: '\x01\x02',
      expected: { data_base64: 'AQI=' },
    },
    {
      why: 'a form',
      contentType: 'application/x-www-form-urlencoded',
      body: 'a=1',
      expected: { data_base64: 'YT0x' },
    },
  ])('reads data: $why', ({ contentType, body, expected }) => {
    const [item] = decode({ ...HEADERS, 'content-type': contentType }, body);
    const { candidate } = item as { candidate: Record<string, unknown> };
    const data = Object.fromEntries(
      Object.entries(candidate).filter(([name]) => name.startsWith('data') && name !== 'datacontenttype'),
    );
    expect(data).toEqual(expected);
  });

  it('inflates JSON always, other data only if the request says that it is compressed', () => {
    const json = { ...HEADERS, 'content-type': 'application/json' };
    expect(decode(json, gzipSync('7'))).toMatchObject([{ candidate: { data: 7 } }]);
    const bytes = { ...HEADERS, 'content-type': 'application/gzip' };
    expect(decode(bytes, gzipSync('7'))).toMatchObject([
      { candidate: { data_base64: gzipSync('7').toString('base64') } },
    ]);
    const encoded = { ...HEADERS, 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    expect(decode(encoded, gzipSync('7'))).toMatchObject([{ candidate: { data: '7' } }]);
  });

  it.each([
    { why: 'percent-encoded UTF-8', header: 'Euro%20%E2%82%AC', subject: 'Euro €' },
    { why: 'UTF-8 as Node hands it over', header: Buffer.from('Grüße').toString('latin1'), subject: 'Grüße' },
    { why: 'Latin-1', header: 'Gr\xfc\xdfe 50%', subject: 'Grüße 50%' },
    { why: 'text beyond Latin-1, already decoded', header: '€', subject: '€' },
    { why: 'a percent sign that encodes nothing', header: '50%', subject: '50%' },
  ])('decodes a header: $why', ({ header, subject }) => {
    expect(decode({ ...HEADERS, 'ce-subject': header }, '')).toMatchObject([{ candidate: { subject } }]);
  });

  it.each([
    { why: 'bytes that are not UTF-8', header: 'ce-subject', value: '%ff', code: 'text_ill_formed' },
    { why: 'data in a header', header: 'ce-data', value: '1', code: 'attribute_name_invalid' },
    {
      why: 'data_base64 in a header',
      header: 'ce-data_base64',
      value: 'AQ==',
      code: 'attribute_name_invalid',
    },
  ])('rejects the event: $why', ({ header, value, code }) => {
    expect(decode({ ...HEADERS, [header]: value }, '')).toMatchObject([{ error: { code } }]);
  });

  it('yields to structured mode', () => {
    const headers = { ...HEADERS, 'content-type': 'application/cloudevents+json' };
    expect(decode(headers, '{"id":"structured"}')).toEqual([{ candidate: { id: 'structured' } }]);
  });

  it('cannot be read when its JSON is not JSON', () => {
    expect(errorOf({ ...HEADERS, 'content-type': 'application/json' }, '{').code).toBe('body_unreadable');
  });

  it('does not touch prototypes', () => {
    const headers = JSON.parse('{"ce-id":"i","ce-__proto__":"x"}') as RequestHeaders;
    const [item] = decode(headers, '');
    expect(Object.keys((item as { candidate: object }).candidate)).toEqual(['id', '__proto__']);
  });
});

const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));

describe('a request that cannot be decoded', () => {
  it.each([
    { why: 'no body', headers: JSON_TYPE, body: '', code: 'body_empty', says: 'empty' },
    { why: 'only blanks', headers: NDJSON_TYPE, body: ' \n\n', code: 'body_empty', says: 'empty' },
    { why: 'gzip of nothing', headers: JSON_TYPE, body: gzipSync(''), code: 'body_empty', says: 'empty' },
    { why: 'broken JSON', headers: JSON_TYPE, body: '{"a":', code: 'body_unreadable', says: 'not JSON' },
    {
      why: 'lines sent as JSON',
      headers: JSON_TYPE,
      body: '{"a":1}\n{"b":2}\n',
      code: 'body_unreadable',
      says: 'application/x-ndjson',
    },
    {
      why: 'bytes that are not UTF-8',
      headers: NDJSON_TYPE,
      body: Buffer.from([0x22, 0xff, 0x22]),
      code: 'body_unreadable',
      says: 'UTF-8',
    },
    {
      why: 'a surrogate in UTF-8',
      headers: JSON_TYPE,
      body: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
      code: 'body_unreadable',
      says: 'UTF-8',
    },
    {
      why: 'truncated gzip',
      headers: JSON_TYPE,
      body: gzipSync('[1,2,3]').subarray(0, 15),
      code: 'body_unreadable',
      says: 'cut short',
    },
    {
      why: 'gzip within gzip',
      headers: JSON_TYPE,
      body: gzipSync(gzipSync('[1]')),
      code: 'body_unreadable',
      says: 'UTF-8',
    },
    {
      why: 'a large body',
      headers: JSON_TYPE,
      body: Buffer.alloc(REQUEST_BYTES_MAX + 1, 0x20),
      code: 'body_too_large',
      says: '4194305 bytes',
    },
    {
      why: 'a gzip bomb',
      headers: JSON_TYPE,
      body: bomb,
      code: 'body_too_large',
      says: 'inflates to more than 4194304',
    },
    {
      why: 'too many in an array',
      headers: JSON_TYPE,
      body: `[${'1,'.repeat(REQUEST_EVENTS_MAX)}1]`,
      code: 'too_many_events',
      says: '5001 events',
    },
    {
      why: 'too many lines',
      headers: NDJSON_TYPE,
      body: '1\n'.repeat(100_000),
      code: 'too_many_events',
      says: 'more than 5000',
    },
    {
      why: 'what curl -d says',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '{}',
      code: 'content_type_unsupported',
      says: 'curl -d',
    },
    {
      why: 'what fetch says',
      headers: { 'content-type': 'text/plain;charset=UTF-8' },
      body: '{}',
      code: 'content_type_unsupported',
      says: 'fetch',
    },
    {
      why: 'another charset',
      headers: { 'content-type': 'application/json; charset=latin1' },
      body: '{}',
      code: 'content_type_unsupported',
      says: '"latin1"',
    },
    {
      why: 'another compression',
      headers: { ...JSON_TYPE, 'content-encoding': 'br' },
      body: '{}',
      code: 'content_type_unsupported',
      says: '"br"',
    },
  ])('is refused: $why', ({ headers, body, code, says }) => {
    const error = errorOf(headers, body);
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it('may hold exactly as many events as are accepted', () => {
    expect(decode(NDJSON_TYPE, '1\n'.repeat(REQUEST_EVENTS_MAX))).toHaveLength(REQUEST_EVENTS_MAX);
  });

  it('never fails with anything but a TallyError, whatever the bytes', () => {
    const anyType = fc.constantFrom(
      'application/json',
      'application/x-ndjson',
      'text/plain',
      '',
      'application/octet-stream',
    );
    const anyHeaders = fc.record({
      'content-type': fc.oneof(anyType, fc.string()),
      'content-encoding': fc.constantFrom('gzip', undefined, 'identity'),
      'ce-id': fc.oneof(fc.constant(undefined), fc.string({ unit: 'binary' })),
      'ce-subject': fc.oneof(fc.constant(undefined), fc.string()),
    });
    const anyText = fc.oneof(fc.json(), fc.string({ unit: 'binary' })).map((text) => Buffer.from(text));
    const anyBody = fc.oneof(
      anyText,
      fc.uint8Array(),
      anyText.map((text) => gzipSync(text)),
      fc.tuple(anyText, fc.nat()).map(([text, cut]) => gzipSync(text).subarray(0, cut)),
      fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), bytes])),
    );
    fc.assert(
      fc.property(anyHeaders, anyBody, (headers, body) => {
        try {
          expect(Array.isArray(decodeRequest(headers, body))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(TallyError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
