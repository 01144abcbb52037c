/** The console: a page of static files, read once at start. They hold no data, so they are for anybody. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';

interface ConsoleFile {
  readonly url: string;
  readonly path: string | URL;
}

const FOLDER = new URL('../../console/', import.meta.url);

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing but our own files runs or is loaded, nothing is sent elsewhere, and nobody frames the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  // Kept, but asked about each time: after an upgrade no page is half old.
  'cache-control': 'no-cache',
};

/** `GET /` and the files it refers to, below `/console/`. */
export function addConsoleRoutes(app: FastifyInstance): void {
  for (const { url, path } of consoleFiles()) {
    const body = readFileSync(path);
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    const mediaType = MEDIA_TYPES[extname(url)] ?? MEDIA_TYPES['.html'];
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
    .filter((name) => extname(name) in MEDIA_TYPES && name !== 'index.html')
    .map((name) => ({ url: `/console/${name}`, path: new URL(name, FOLDER) }));
  return [
    { url: '/', path: new URL('index.html', FOLDER) },
    { url: '/console/uplot.js', path: resolve('uplot/dist/uPlot.iife.min.js') },
    { url: '/console/uplot.css', path: resolve('uplot/dist/uPlot.min.css') },
    ...own,
  ];
}
