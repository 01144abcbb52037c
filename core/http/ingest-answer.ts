import type { IngestOutcome } from '../ingest.js';
import { jsonAnswer, type HttpAnswer } from './http-answer.js';

/** `202` as soon as one event was accepted, or none was sent; `422` when all were rejected. The body is the same. */
export function ingestAnswer(outcome: IngestOutcome): HttpAnswer {
  const isAllRejected = outcome.accepted === 0 && outcome.rejected.length > 0;
  return jsonAnswer(isAllRejected ? 422 : 202, outcome);
}
