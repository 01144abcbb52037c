import type { FastifyInstance } from 'fastify';
import { decodeUtf8 } from '../../core/body.js';
import {
  parseMetadata,
  parseTypeName,
  parseTypesPage,
  typeAnswerOf,
  typesAnswerOf,
} from '../../core/http/catalog-request.js';
import { jsonAnswer } from '../../core/http/http-answer.js';
import type { Catalog, Clock } from '../../core/ports.js';
import type { KeyGate } from './key-gate.js';
import { parametersOf, typeOf } from './parameters.js';
import { addRoute } from './route.js';

export interface CatalogDeps {
  readonly catalog: Catalog;
  readonly clock: Clock;
}

const METADATA_BYTES_MAX = 64 * 1024;
const NOTHING = new Uint8Array();

/** `GET /v1/counters` and `PUT /v1/catalog/{type}`. */
export function addCatalogRoutes(app: FastifyInstance, gate: KeyGate, { catalog, clock }: CatalogDeps): void {
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/counters',
    scope: 'read',
    handle: async (request) => {
      const page = parseTypesPage(parametersOf(request));
      return jsonAnswer(200, typesAnswerOf(await catalog.list(page), page));
    },
  });
  addRoute(app, gate, {
    method: 'PUT',
    url: '/v1/catalog/:type',
    scope: 'admin',
    bodyLimit: METADATA_BYTES_MAX,
    handle: async (request) => {
      const type = parseTypeName(typeOf(request));
      const metadata = parseMetadata(decodeUtf8((request.body as Uint8Array | undefined) ?? NOTHING));
      return jsonAnswer(200, typeAnswerOf(await catalog.describe(type, metadata, clock.nowMs())));
    },
  });
}
