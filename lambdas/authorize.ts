/** The Lambda *authorize*: an API key in, yes or no and what the key may do out. API Gateway caches it, per key and route. */
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { makeDynamoDbClient } from '../adapters/aws/clients.js';
import { DynamoDbKeys } from '../adapters/aws/dynamodb-keys.js';
import { ENV } from '../core/env-names.js';
import { bearerTokenOf } from '../core/http/bearer-token.js';
import { hasScope, isKeyValid, parseToken, type KeyRecord } from '../core/keys.js';
import { contextOf, type AuthorizerContext } from './authorizer-context.js';
import { requireEnv } from './environment.js';
import { SCOPE_BY_ROUTE, isRouteKey } from './routes.js';

const keys = new DynamoDbKeys({ client: makeDynamoDbClient(), tableName: requireEnv(ENV.keysTable) });

type Decision = APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext | Record<string, never>>;

export const handler = async (event: APIGatewayRequestAuthorizerEventV2): Promise<Decision> => {
  const record = await findKey(event.headers?.['authorization']);
  const isAuthorized = record !== null && mayUse(record, event.routeKey);
  return { isAuthorized, context: isAuthorized ? contextOf(record) : {} };
};

/** A token that is malformed or mistyped is refused without a read: guesses cost nothing. */
async function findKey(authorization: string | undefined): Promise<KeyRecord | null> {
  const token = parseToken(bearerTokenOf(authorization) ?? '');
  const record = token && (await keys.find(token.id));
  return record && isKeyValid(record, token) ? record : null;
}

function mayUse(record: KeyRecord, routeKey: string): boolean {
  if (!isRouteKey(routeKey)) return false;
  const scope = SCOPE_BY_ROUTE[routeKey];
  return scope === null || hasScope(record, scope);
}
