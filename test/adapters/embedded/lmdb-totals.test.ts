import { LmdbTotals } from '../../../adapters/embedded/lmdb-totals.js';
import { describeTotalsContract } from '../../contract/totals.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

describeTotalsContract('LmdbTotals', async () => {
  const { data, dispose } = await openTemporaryCountData();
  const port = new LmdbTotals(data);
  return { port, write: (totals) => port.write(totals), dispose };
});
