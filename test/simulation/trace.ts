/** What happened, in order: a running digest always, the lines themselves only when somebody will read them. */
export class Trace {
  #digest = 0x811c9dc5;
  public readonly lines: string[] = [];

  public constructor(
    private readonly keepsLines: boolean,
    /** What the clock says when the run begins. */
    private readonly epochMs = 0,
  ) {}

  public add(atMs: number, who: string, what: string): void {
    this.#mix(who);
    this.#mix(what);
    this.#digest = Math.imul(this.#digest ^ (atMs & 0xffffffff), 0x01000193);
    if (this.keepsLines) this.lines.push(lineOf(this.epochMs + atMs, who, what));
  }

  /** Two runs with one digest did the same things at the same instants. */
  public get digest(): string {
    return (this.#digest >>> 0).toString(16).padStart(8, '0');
  }

  #mix(text: string): void {
    let digest = this.#digest;
    for (let at = 0; at < text.length; at++) digest = Math.imul(digest ^ text.charCodeAt(at), 0x01000193);
    this.#digest = digest;
  }
}

const lineOf = (atMs: number, who: string, what: string): string =>
  `${new Date(atMs).toISOString().slice(5, 23).replace('T', ' ')}  ${who.padEnd(10)}  ${what}`;
