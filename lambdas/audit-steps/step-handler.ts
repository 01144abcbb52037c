import { FenceLostError } from '../../core/audit/ports.js';
import { TallyError, shown } from '../../core/errors.js';
import type { Observability } from '../observability.js';

/** What a function can do, by name. Each takes and answers JSON. */
export type Steps = Readonly<Record<string, (given: never) => Promise<unknown>>>;

/** What the state machine sends: the step's name, and what the step is given. */
export type StepEvent = Readonly<Record<string, unknown>> & { readonly step: string };

export type StepHandler = (event: StepEvent) => Promise<unknown>;

/** A handler that does the step its event names. What a step throws is the state machine's to judge, by the error's name. */
export const makeStepHandler =
  ({ logger, metrics }: Observability, ready: () => Promise<Steps>): StepHandler =>
  async ({ step, ...given }) => {
    try {
      const steps = await ready();
      const take = Object.hasOwn(steps, step) ? steps[step] : undefined;
      if (take === undefined) throw unknownStep(step, steps);
      return (await take(given as never)) ?? null;
    } catch (error) {
      if (error instanceof FenceLostError) logger.info(error.message, { step });
      else logger.error('a step of the audit failed', { step, error: error as Error });
      throw error;
    } finally {
      metrics.flush();
    }
  };

const unknownStep = (step: string, steps: Steps): TallyError =>
  new TallyError(
    'parameter_invalid',
    `step is ${shown(step)}; accepted: ${Object.keys(steps).join(', ')}. State machine and function are of different versions: deploy again`,
  );
