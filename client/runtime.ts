import type { ClientOptions, Runtime } from './types.js';

/** The real world, but for what the options replace. */
export const makeRuntime = ({ fetch, runtime }: Pick<ClientOptions, 'fetch' | 'runtime'>): Runtime => ({
  nowMs: () => Date.now(),
  random: () => Math.random(),
  sleep,
  // Looked up at each call, so that whoever instruments the global fetch later sees these requests too.
  fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
  ...runtime,
});

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
