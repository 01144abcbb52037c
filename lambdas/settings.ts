import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbSettings } from '../adapters/aws/dynamodb-settings.js';
import { ENV } from '../core/env-names.js';
import type { Clock, SettingsStore } from '../core/ports.js';
import { agreeOnSettings, type Settings } from '../core/settings.js';
import { requireEnv, requireIntegerEnv } from './environment.js';

/** Hold the stack's configuration to the settings stored with the data; the first writer of a new stack writes them. */
export function makeSettings(client: DynamoDBClient, clock: Clock): () => Promise<Settings> {
  const store = new DynamoDbSettings({ client, tableName: requireEnv(ENV.daysTable) });
  const wanted = wantedSettings();
  return () => agreeOnSettings(store, wanted, clock);
}

/** The same, for one who may only read: what it would write, it keeps to itself. */
export function makeReadOnlySettings(client: DynamoDBClient, clock: Clock): () => Promise<Settings> {
  const store = new DynamoDbSettings({ client, tableName: requireEnv(ENV.daysTable) });
  const wanted = wantedSettings();
  return () => agreeOnSettings(unwritten(store), wanted, clock);
}

const wantedSettings = () => ({
  laneCount: requireIntegerEnv(ENV.laneCount),
  latenessMs: requireIntegerEnv(ENV.latenessMs),
});

function unwritten(store: SettingsStore): SettingsStore {
  let instead: Settings | null = null;
  return {
    create: async (settings) => {
      instead = settings;
      return true;
    },
    read: async () => (await store.read()) ?? instead,
    replace: async () => true,
  };
}
