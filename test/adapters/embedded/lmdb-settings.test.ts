import { LmdbSettings } from '../../../adapters/embedded/lmdb-settings.js';
import { describeSettingsContract } from '../../contract/settings.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

describeSettingsContract('LmdbSettings', async () => {
  const { data, dispose } = await openTemporaryCountData();
  return { port: new LmdbSettings(data), dispose };
});
