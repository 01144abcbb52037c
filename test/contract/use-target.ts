/** What a contract suite needs of an engine: the port, and a way to let go of what stands behind it. */
export interface Target<Port> {
  readonly port: Port;
  dispose(): Promise<void>;
}

/** A fresh target for each test. Inside a `describe`. */
export function useTarget<T extends { dispose(): Promise<void> }>(makeTarget: () => Promise<T>): () => T {
  let target: T;
  beforeEach(async () => {
    target = await makeTarget();
  });
  afterEach(() => target.dispose());
  return () => target;
}
