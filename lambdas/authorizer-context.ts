import { SCOPES, type KeyRecord, type Scope } from '../core/keys.js';

/** What the authorizer tells the handlers of a key. Texts only: API Gateway's access log can show nothing else. */
export interface AuthorizerContext {
  readonly keyId: string;
  /** Separated by blanks. */
  readonly scopes: string;
  /** Absent: any source. */
  readonly sourcePattern?: string;
}

export const contextOf = ({ id, scopes, sourcePattern }: KeyRecord): AuthorizerContext => ({
  keyId: id,
  scopes: scopes.join(' '),
  ...(sourcePattern === undefined ? {} : { sourcePattern }),
});

export const scopesOf = ({ scopes }: AuthorizerContext): Scope[] =>
  SCOPES.filter((scope) => scopes.split(' ').includes(scope));
