import type { Archive } from '../archive.js';
import type { Audit } from '../audit.js';
import type { Counting } from '../counting.js';
import type { EventCounterConfig } from '../event-counter-props.js';
import type { EventStream } from '../event-stream.js';
import type { HttpApiFront } from '../http-api.js';
import type { Ingest } from '../ingest.js';
import type { Query } from '../query.js';
import type { Tables } from '../tables.js';
import type { TallyFunction } from '../tally-function.js';

/** What is looked at: every stage of an `EventCounter`. */
export interface Watched {
  readonly config: EventCounterConfig;
  readonly front: HttpApiFront;
  readonly ingest: Ingest;
  readonly eventStream: EventStream;
  readonly counting: Counting;
  readonly tables: Tables;
  readonly archive: Archive;
  readonly query: Query;
  readonly audit: Audit;
}

/** The functions that requests run through. */
export const apiFunctions = ({
  front,
  ingest,
  query,
}: Watched): readonly (readonly [string, TallyFunction])[] => [
  ['Authorize', front.authorizer],
  ['Ingest', ingest.function],
  ['Query', query.function],
];

/** By the folder that each fills. */
export const deliveriesOf = ({ archive }: Watched) =>
  [
    ['Events', archive.events],
    ['Receipts', archive.receipts],
    ['Rejected', archive.rejected],
  ] as const;
