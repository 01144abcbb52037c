import { LmdbDays } from '../../../adapters/embedded/lmdb-days.js';
import { describeDaysContract } from '../../contract/days.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

describeDaysContract('LmdbDays', async () => {
  const { data, dispose } = await openTemporaryCountData();
  const port = new LmdbDays(data);
  return { port, seal: (day, sealedThrough) => port.seal(day, sealedThrough), dispose };
});

it('refuses to seal a day that was never opened: it has no expiry', async () => {
  const { data, dispose } = await openTemporaryCountData();
  const days = new LmdbDays(data);
  await expect(days.seal('2026-11-21', '2026-11-21')).rejects.toThrow('never opened');
  expect(await days.sealedThrough()).toBeNull();
  await dispose();
});
