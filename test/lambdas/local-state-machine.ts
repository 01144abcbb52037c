/** Step Functions in this process: the deployed definition, its tasks done by functions of the test. */
import { StateMachine } from 'aws-local-stepfunctions';

/** What the interpreter asks of its runtime, and an older one lacks. */
const promises = Promise as unknown as { withResolvers?: unknown };
promises.withResolvers ??= () => {
  let settle = {};
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};

interface AnyState {
  readonly Type: string;
  readonly Resource?: string;
  readonly ItemProcessor?: Definition;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AnyState>>;
}

/** Every state by name, also those within maps. Names are unique in all of the definition, or overrides would not be. */
export function statesOf(definition: Definition): Map<string, AnyState> {
  const found = new Map<string, AnyState>();
  const gather = ({ States }: Definition): void => {
    for (const [name, state] of Object.entries(States)) {
      if (found.has(name)) throw new Error(`two states are called ${name}`);
      found.set(name, state);
      if (state.ItemProcessor !== undefined) gather(state.ItemProcessor);
    }
  };
  gather(definition);
  return found;
}

export type DoTask = (name: string, resource: string, input: Json) => Promise<unknown>;
export type Json = Record<string, unknown>;

/** Step Functions takes no more from state to state. */
const PAYLOAD_BYTES_MAX = 256 * 1024;

function throughJson<T>(name: string, value: T): T {
  const text = JSON.stringify(value ?? null);
  if (text.length > PAYLOAD_BYTES_MAX) throw new Error(`${name} has ${text.length} bytes`);
  return JSON.parse(text) as T;
}

/** Run the definition as it is, without its waits' and retries' time. Rejects with the error that failed the execution. */
export async function execute(definition: Definition, input: Json, doTask: DoTask): Promise<Json> {
  const states = statesOf(definition);
  const named = (type: string): string[] =>
    [...states].filter(([, state]) => state.Type === type).map(([name]) => name);
  const noTime = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
  const handlerOf = (name: string) => async (given: unknown) =>
    throughJson(name, await doTask(name, states.get(name)?.Resource ?? '', throughJson(name, given as Json)));
  const machine = new StateMachine(definition as never);
  const { result } = machine.run(input as never, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        named('Task').map((name) => [name, handlerOf(name)]),
      ) as never,
      waitTimeOverrides: noTime(named('Wait')),
      retryIntervalOverrides: noTime([...named('Task'), ...named('Map')]),
    },
  });
  return (await result) as Json;
}
