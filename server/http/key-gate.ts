/** Who may do what. Keys are looked up for each request: LMDB answers in microseconds, and a revoked key ends at once. */
import { TallyError } from '../../core/errors.js';
import { bearerTokenOf } from '../../core/http/bearer-token.js';
import { hasScope, isKeyValid, parseToken, type KeyRecord, type Scope } from '../../core/keys.js';
import type { KeyStore } from '../../core/ports.js';

export class KeyGate {
  /** Keys are revoked, never removed: once there is one, there always is. */
  #hasKeys = false;

  /** @param isOpenWithoutKeys as long as no key exists, everybody who can reach the server may do everything. */
  public constructor(
    private readonly keys: KeyStore,
    private readonly isOpenWithoutKeys: boolean,
  ) {}

  /**
   * The key of a request; `null`: none is needed.
   *
   * @throws {TallyError} `unauthorized`: no key, or no valid one. `forbidden`: the key lacks the scope.
   */
  public async admit(authorization: string | undefined, scope: Scope): Promise<KeyRecord | null> {
    if (this.isOpenWithoutKeys && !(await this.hasKeys())) return null;
    const token = parseToken(bearerTokenOf(authorization) ?? '');
    const key = token === null ? null : await this.keys.find(token.id);
    if (token === null || key === null || !isKeyValid(key, token)) throw unauthorized(authorization);
    if (!hasScope(key, scope)) throw forbidden(key, scope);
    return key;
  }

  public async hasKeys(): Promise<boolean> {
    this.#hasKeys ||= (await this.keys.list()).length > 0;
    return this.#hasKeys;
  }
}

/** Never says which part of a key is wrong: that would help to guess the rest. */
function unauthorized(authorization: string | undefined): TallyError {
  const got =
    authorization === undefined ? 'the request has no key' : 'the key is not valid, or it was revoked';
  const cure = 'send Authorization: Bearer tally_…; tally keys create makes a key';
  return new TallyError('unauthorized', `${got}; ${cure}`);
}

const forbidden = ({ scopes }: KeyRecord, scope: Scope): TallyError =>
  new TallyError(
    'forbidden',
    `the key has the scopes ${scopes.join(', ')}; this needs ${scope}; use another key, or make one with that scope`,
  );
