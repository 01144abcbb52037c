/** One line of JSON on stderr, as the HTTP server's logger writes them. For what happens outside of a request. */
export function logError(message: string, error: unknown): void {
  const details =
    error instanceof Error ? { err: { message: error.message, stack: error.stack } } : { err: String(error) };
  process.stderr.write(
    `${JSON.stringify({ level: 50, time: Date.now(), pid: process.pid, msg: message, ...details })}\n`,
  );
}
