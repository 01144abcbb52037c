import { AthenaClient } from '@aws-sdk/client-athena';
import { makeHttpHandler } from './clients.js';

/** Athena throttles the calls of a whole account together, so there are more attempts than elsewhere. */
export const makeAthenaClient = (): AthenaClient =>
  new AthenaClient({
    maxAttempts: 6,
    requestHandler: makeHttpHandler({ requestTimeoutMs: 10_000, socketsMax: 16 }),
  });
