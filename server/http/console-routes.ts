/** The console: a page of static files, read once at start. They hold no data, so they are for anybody. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import {
  CONSOLE_CACHE_CONTROL,
  CONSOLE_LIBRARY_FILES,
  CONSOLE_MEDIA_TYPES,
  CONSOLE_SECURITY_POLICY,
} from '../../core/console-page.js';

interface ConsoleFile {
  readonly url: string;
  readonly path: string | URL;
}

const FOLDER = new URL('../../console/', import.meta.url);

const HEADERS = {
  'content-security-policy': CONSOLE_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': CONSOLE_CACHE_CONTROL,
};

/** `GET /` and the files it refers to, below `/console/`. */
export function addConsoleRoutes(app: FastifyInstance): void {
  for (const { url, path } of consoleFiles()) {
    const body = readFileSync(path);
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    const mediaType = CONSOLE_MEDIA_TYPES[extname(url)] ?? CONSOLE_MEDIA_TYPES['.html'];
    app.get(url, (request, reply) => {
      reply.headers({ ...HEADERS, etag });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(mediaType ?? '').send(body);
    });
  }
}

function consoleFiles(): ConsoleFile[] {
  const { resolve } = createRequire(import.meta.url);
  const own = readdirSync(FOLDER)
    .filter((name) => extname(name) in CONSOLE_MEDIA_TYPES && name !== 'index.html')
    .map((name) => ({ url: `/console/${name}`, path: new URL(name, FOLDER) }));
  const libraries = Object.entries(CONSOLE_LIBRARY_FILES).map(([name, path]) => ({
    url: `/console/${name}`,
    path: resolve(path),
  }));
  return [{ url: '/', path: new URL('index.html', FOLDER) }, ...libraries, ...own];
}
