let slowness = 1;

/** Look so many times less often from now on: where each look is paid for, and news come by the minute anyway. */
export const slowDown = (factor) => void (slowness = factor);

/**
 * Repeat a task, each time some while after it ended; not while the page is hidden, and at once when it is shown again.
 *
 * @returns a function that runs the task now.
 */
export function poll(intervalMs, task) {
  let timer;
  let running = null;
  const run = () => {
    clearTimeout(timer);
    running ??= task()
      // The task owns what it shows of a failure; the next turn tries again.
      .catch(() => undefined)
      .finally(() => {
        running = null;
        if (!document.hidden) timer = setTimeout(run, intervalMs * slowness);
      });
    return running;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) clearTimeout(timer);
    else void run();
  });
  void run();
  return run;
}
