/** How the console's page is served, the same by both engines: a page, and the files it refers to below `console/`. */

/** Nothing but our own files runs or is loaded, nothing is sent elsewhere, and nobody frames the page. */
export const CONSOLE_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Kept, but asked about each time: after an upgrade no page is half old. */
export const CONSOLE_CACHE_CONTROL = 'no-cache';

/** By file extension: what is not here is no file of the page. */
export const CONSOLE_MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What comes from a package, by the name it has below `console/`. */
export const CONSOLE_LIBRARY_FILES: Readonly<Record<string, string>> = {
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
};
