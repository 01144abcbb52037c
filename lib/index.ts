/** What another CDK app uses: `import { EventCounter } from '…/lib/index.js'`. */
export { EventCounter } from './event-counter.js';
export type {
  ArchiveLifecycle,
  CustomDomain,
  EventCounterProps,
  ProvisionedCapacity,
  ScaledUnits,
  StreamMode,
  WarmUnits,
} from './event-counter-props.js';
export { TallyStack, type TallyStackProps } from './tally-stack.js';
