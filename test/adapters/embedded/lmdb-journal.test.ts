import { LmdbJournal } from '../../../adapters/embedded/lmdb-journal.js';
import { describeJournalContract } from '../../contract/journal.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

describeJournalContract('LmdbJournal', async () => {
  const { data, dispose } = await openTemporaryCountData();
  return { port: new LmdbJournal(data), dispose };
});
