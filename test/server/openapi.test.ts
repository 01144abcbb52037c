import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METADATA_LENGTH_MAX } from '../../core/catalog.js';
import { EVENT_ERROR_CODES, REQUEST_ERROR_CODES } from '../../core/errors.js';
import { STATUS_BY_CODE } from '../../core/http/problem-answer.js';
import {
  ID_BYTES_MAX,
  REQUEST_EVENTS_MAX,
  SOURCE_BYTES_MAX,
  SUBJECT_BYTES_MAX,
  TYPE_LENGTH_MAX,
  VALUE_MAX,
  VALUE_MIN,
} from '../../core/limits.js';
import { GRANULARITY_MS, ROWS_DEFAULT, ROWS_MAX } from '../../core/query/counter-query.js';
import { makeApp, type AppOptions } from '../../server/http/app.js';
import type { KeyGate } from '../../server/http/key-gate.js';
import { aServer, stopServers } from './a-server.js';

afterEach(stopServers);

interface Operation {
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}
type Json = Readonly<Record<string, unknown>>;

const text = readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8');
const document = JSON.parse(text) as {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly responses: Readonly<Record<string, Json>>;
    readonly parameters: Readonly<Record<string, Json>>;
  };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** A value deep inside, by its path: `a.b.c`. */
const at = (json: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Json)[name], json);

describe('docs/openapi.json', () => {
  // In a process of its own: the validator is an ES module, which jest does not load.
  it('is valid OpenAPI 3.1', () => {
    const program = `
      import { Validator } from '@seriousme/openapi-schema-validator';
      console.log(JSON.stringify(await new Validator().validate('docs/openapi.json')));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: join(__dirname, '../..'),
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual({ valid: true });
  });

  it('is of the version of the package', () => {
    const packageJson = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as Json;
    expect(document.info.version).toBe(packageJson['version']);
  });

  it('states the limits of the code', () => {
    const { schemas, parameters } = document.components;
    const event = at(schemas, 'Event.properties') as Json;
    expect(at(event, 'id.maxLength')).toBe(ID_BYTES_MAX);
    expect(at(event, 'source.maxLength')).toBe(SOURCE_BYTES_MAX);
    expect(at(event, 'subject.maxLength')).toBe(SUBJECT_BYTES_MAX);
    expect(at(event, 'partitionkey.maxLength')).toBe(SUBJECT_BYTES_MAX);
    expect(at(event, 'type.maxLength')).toBe(TYPE_LENGTH_MAX);
    expect(at(event, 'data.then.properties.value')).toMatchObject({ minimum: VALUE_MIN, maximum: VALUE_MAX });
    expect(at(schemas, 'IngestAnswer.properties.accepted.maximum')).toBe(REQUEST_EVENTS_MAX);
    expect(at(schemas, 'Metadata.properties.unit.maxLength')).toBe(METADATA_LENGTH_MAX);
    expect(at(parameters, 'limit.schema')).toMatchObject({ maximum: ROWS_MAX, default: ROWS_DEFAULT });
    expect(at(schemas, 'Counter.properties.granularity.enum')).toEqual([
      ...Object.keys(GRANULARITY_MS),
      null,
    ]);
  });

  it('names every error code, each with the status it is answered with', () => {
    expect(at(document.components.schemas, 'EventErrorCode.enum')).toEqual(EVENT_ERROR_CODES);
    const documented = new Set<string>();
    const note = (status: string, response: unknown): void => {
      for (const [, list = ''] of JSON.stringify(response).matchAll(/"code":\{"enum":\[([^\]]*)\]/g)) {
        for (const code of list.replaceAll('"', '').split(',')) documented.add(`${code} ${status}`);
      }
    };
    for (const { operation } of operations) {
      for (const [status, response] of Object.entries(operation.responses)) {
        const name = response.$ref?.split('/').at(-1);
        note(status, name === undefined ? response : document.components.responses[name]);
      }
    }
    note('404', document.components.responses['NotFound']);
    // Its answer is not a problem document: it lists the events, like 202.
    documented.add(`events_rejected ${STATUS_BY_CODE.events_rejected}`);
    expect([...documented].sort()).toEqual(
      REQUEST_ERROR_CODES.map((code) => `${code} ${STATUS_BY_CODE[code]}`).sort(),
    );
  });

  it('describes the routes that there are, and no other', async () => {
    const server = await aServer();
    const served = await server.get('/v1/openapi.json');
    expect(await served.text()).toBe(text);
    for (const { path, method } of operations) {
      const url = server.url + path.replace('{type}', 'a');
      // Any method but its own is answered 405, which tells its own: so the route exists, with this method only.
      const response = await fetch(url, { method: 'PATCH' });
      expect([response.status, response.headers.get('allow')]).toEqual([
        405,
        method === 'GET' ? 'GET, HEAD' : method,
      ]);
    }
    // Each route answers every method, so there are as many routes as nodes that answer this one.
    const app = makeApp({ gate: {} as KeyGate, deps: {} as AppOptions['deps'] });
    const tree = app.printRoutes({ commonPrefix: false, method: 'PATCH' });
    expect(tree.match(/\(PATCH\)/g)).toHaveLength(operations.length);
  });
});
