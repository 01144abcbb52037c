import type { AuditFiles } from '../../../core/audit/ports.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';

/** The audit's folder: a file is there whole, or not at all. */
export class SimulatedFiles {
  readonly #textByName = new Map<string, string>();

  public read(name: string): string {
    const text = this.#textByName.get(name);
    if (text === undefined) throw new RangeError(`there is no file ${name}`);
    return text;
  }

  public portOf(caller: Process, network: Network): AuditFiles {
    return {
      write: async (name, pieces) => {
        let text = '';
        for await (const piece of pieces) text += piece;
        const effect = (): void => void this.#textByName.set(name, text);
        await network.call({ caller, what: `write ${name}`, effect });
      },
      read: async (name) => {
        // In an object: a trace shows plain answers, and nobody wants to read the file there.
        const effect = () => ({ text: this.#textByName.get(name) ?? null });
        const { text } = await network.call({ caller, what: `read ${name}`, effect });
        return text === null ? null : once(text);
      },
      list: (folder) => {
        const effect = (): string[] => this.list(folder);
        return network.call({ caller, what: `list ${folder}`, effect });
      },
    };
  }

  public list(folder: string): string[] {
    return [...this.#textByName.keys()].filter((name) => name.startsWith(`${folder}/`)).sort();
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
