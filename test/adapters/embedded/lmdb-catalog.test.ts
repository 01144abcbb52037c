import { LmdbCatalog } from '../../../adapters/embedded/lmdb-catalog.js';
import { describeCatalogContract } from '../../contract/catalog.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

describeCatalogContract('LmdbCatalog', async () => {
  const { data, dispose } = await openTemporaryCountData();
  return { port: new LmdbCatalog(data), dispose };
});
