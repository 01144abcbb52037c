import { LmdbKeys } from '../../../adapters/embedded/lmdb-keys.js';
import { describeKeysContract } from '../../contract/keys.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

describeKeysContract('LmdbKeys', async () => {
  const { data, dispose } = await openTemporaryCountData();
  return { port: new LmdbKeys(data), dispose };
});
