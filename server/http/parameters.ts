import type { FastifyRequest } from 'fastify';
import { TallyError } from '../../core/errors.js';
import type { QueryParameters } from '../../core/query/counter-query.js';

/** @throws {TallyError} `parameter_invalid`: a parameter is given twice, and nobody can say which one is meant. */
export function parametersOf({ query }: FastifyRequest): QueryParameters {
  const parameters = query as Readonly<Record<string, string | string[]>>;
  const twice = Object.keys(parameters).find((name) => typeof parameters[name] !== 'string');
  if (twice === undefined) return parameters as QueryParameters;
  throw new TallyError('parameter_invalid', `${twice} is given more than once; accepted: once`);
}

export const typeOf = ({ params }: FastifyRequest): string => (params as { readonly type: string }).type;
