/** The steps that seal a day as it was judged. */
import type { AuditRun } from '../../core/audit/run.js';
import {
  beginTotals,
  findOwnSeal,
  publishNewestAct,
  putTotals,
  sealDay,
  type SealPorts,
} from '../../core/audit/seal-day.js';
import type { TotalsFileSummary } from '../../core/audit/totals-file.js';
import type { AuditSql, Executions } from './sql.js';
import type { Ending } from './round.js';

export interface SealStepPorts extends SealPorts {
  readonly sql: AuditSql;
}

interface OfRun {
  readonly run: AuditRun;
}

export function makeSealSteps(ports: SealStepPorts, { laneCount }: { laneCount: number }) {
  const withAnswers = (executions: Executions) => ({ ...ports, reconciler: ports.sql.read(executions) });
  return {
    publish: () => publishNewestAct(ports.files, ports.ledger),
    beginTotals: ({ run, executions }: OfRun & { executions: Executions }) =>
      beginTotals(withAnswers(executions), run),
    putTotals: ({ run, part }: OfRun & { part: number }) => putTotals(ports, run, part),
    seal: async (given: OfRun & { executions: Executions; summary: TotalsFileSummary }): Promise<Ending> => {
      const { run, executions, summary } = given;
      // A seal whose answer was lost is asked for again: it has happened.
      const isSealed = (await findOwnSeal(ports.ledger, run)) !== null;
      if (isSealed) await publishNewestAct(ports.files, ports.ledger);
      else await sealDay(withAnswers(executions), run, { summary, laneCount });
      return { outcome: 'sealed', reason: null };
    },
  };
}
