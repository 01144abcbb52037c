/** Questions and statements about types, as HTTP brings them. */
import { METADATA_LENGTH_MAX, type CatalogEntry, type CatalogMetadata } from '../catalog.js';
import { TallyError, shown } from '../errors.js';
import { checkNames, limitOf, type QueryParameters } from '../query/counter-query.js';
import { formatInstant } from '../time.js';
import { isTypeName } from '../type-name.js';

const invalid = (what: string, got: unknown, accepted: string): TallyError =>
  new TallyError('parameter_invalid', `${what} is ${shown(got)}; accepted: ${accepted}`);

/** @throws {TallyError} `parameter_invalid`. */
export function parseTypeName(type: string): string {
  if (isTypeName(type)) return type;
  throw invalid('type', type, 'a letter or digit, then up to 127 of A-Z a-z 0-9 . _ : -');
}

export interface TypesPage {
  /** Types after this one; `null`: from the first. */
  readonly after: string | null;
  readonly limit: number;
}

/** @throws {TallyError} `parameter_invalid`. */
export function parseTypesPage(parameters: QueryParameters): TypesPage {
  checkNames(parameters, ['cursor', 'limit']);
  return { after: parameters['cursor'] ?? null, limit: limitOf(parameters['limit']) };
}

/** A type as HTTP shows it: instants are RFC 3339 there, as everywhere in the API. */
export interface TypeAnswer extends CatalogMetadata {
  readonly type: string;
  readonly firstSeenAt: string;
}

export const typeAnswerOf = ({ type, firstSeenAtMs, ...metadata }: CatalogEntry): TypeAnswer => ({
  type,
  ...metadata,
  firstSeenAt: formatInstant(firstSeenAtMs),
});

export interface TypesAnswer {
  readonly types: readonly TypeAnswer[];
  /** Ask again with this as `cursor` for the types after these. */
  readonly next: string | null;
}

/** A full page may be followed by another one; the last may be empty. */
export const typesAnswerOf = (types: readonly CatalogEntry[], { limit }: TypesPage): TypesAnswer => ({
  types: types.map(typeAnswerOf),
  next: types.length === limit ? (types.at(-1)?.type ?? null) : null,
});

const METADATA_NAMES = ['displayName', 'unit', 'description', 'owner'] as const;

/** @throws {TallyError} `body_unreadable`, `parameter_invalid`. */
export function parseMetadata(body: string): CatalogMetadata {
  const json = parseObject(body);
  for (const [name, value] of Object.entries(json)) {
    if (!METADATA_NAMES.some((known) => known === name)) {
      throw invalid('a field of the body', name, METADATA_NAMES.join(', '));
    }
    if (typeof value !== 'string' || value.length > METADATA_LENGTH_MAX) {
      throw invalid(name, value, `text of up to ${METADATA_LENGTH_MAX} characters; the empty text erases`);
    }
  }
  return json;
}

function parseObject(body: string): object {
  const accepted = `a JSON object with any of ${METADATA_NAMES.join(', ')}`;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new TallyError('body_unreadable', `the body is not JSON; accepted: ${accepted}`, { cause });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new TallyError('body_unreadable', `the body is ${shown(json)}; accepted: ${accepted}`);
}
