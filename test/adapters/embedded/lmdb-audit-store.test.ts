import { LmdbCounters } from '../../../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../../../adapters/embedded/lmdb-days.js';
import { LmdbLedger } from '../../../adapters/embedded/lmdb-ledger.js';
import { LmdbSealWriter } from '../../../adapters/embedded/lmdb-seal-writer.js';
import { LmdbShardScan } from '../../../adapters/embedded/lmdb-shard-scan.js';
import { LmdbTotals } from '../../../adapters/embedded/lmdb-totals.js';
import { NOW_MS, type AuditStore } from '../../contract/audit-store.js';
import { describeLedgerContract } from '../../contract/ledger.contract.js';
import { describeMarkersContract } from '../../contract/markers.contract.js';
import { describeSealWriterContract } from '../../contract/seal-writer.contract.js';
import { describeShardScanContract } from '../../contract/shard-scan.contract.js';
import { openTemporaryCountData } from './embedded-data.js';

async function makeStore(): Promise<AuditStore> {
  const { data, dispose } = await openTemporaryCountData();
  const ledger = new LmdbLedger(data);
  const counters = new LmdbCounters(data, { nowMs: () => NOW_MS });
  const writer = new LmdbSealWriter(data);
  return {
    ledger,
    writer,
    tops: writer,
    scan: new LmdbShardScan(data),
    markers: ledger,
    days: new LmdbDays(data),
    shards: counters,
    counters,
    totals: new LmdbTotals(data),
    dispose,
  };
}

describeLedgerContract('LmdbLedger', makeStore);
describeSealWriterContract('LmdbSealWriter', makeStore);
describeShardScanContract('LmdbShardScan', makeStore);
describeMarkersContract('LmdbLedger', makeStore);
