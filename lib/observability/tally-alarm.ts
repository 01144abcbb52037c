import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { EventCounterConfig } from '../event-counter-props.js';

/** What is out of bounds: values from here up, or values below. */
export type Bound = { readonly from: number } | { readonly below: number };

export interface TallyAlarmProps {
  readonly config: AlarmConfig;
  readonly metric: IMetric;
  readonly rings: Bound;
  /** So many periods in a row must be out of bounds.
   * @default 1 */
  readonly periods?: number;
  /** One sentence: what is wrong, and what it does to the counts. */
  readonly says: string;
  readonly missing: {
    /** Goes on from "Missing data means". */
    readonly means: string;
    /** Ring when the metric is silent.
     * @default false */
    readonly isBad?: boolean;
  };
}

export type AlarmConfig = Pick<EventCounterConfig, 'deployment' | 'runbookUrl'>;

/**
 * An alarm as all of Tally's are: it says what is wrong and what silence means, and links to the runbook's heading, which is its
 * id. So an id can't change without the heading.
 */
export class TallyAlarm extends Alarm {
  public constructor(scope: Construct, id: string, props: TallyAlarmProps) {
    const { config, metric, rings, periods = 1, says, missing } = props;
    super(scope, id, {
      alarmName: alarmName(config, id),
      alarmDescription: `${says} Missing data means ${missing.means}. ${runbookLink(config, id)}`,
      metric,
      ...('from' in rings
        ? {
            threshold: rings.from,
            comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          }
        : { threshold: rings.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }),
      evaluationPeriods: periods,
      treatMissingData: missing.isBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }
}

/** What a mail's subject shows: which stack, and what. */
export const alarmName = ({ deployment }: AlarmConfig, id: string): string => `${deployment} ${id}`;

export const runbookLink = ({ runbookUrl }: AlarmConfig, id: string): string =>
  `Runbook: ${runbookUrl}#${id.toLowerCase()}`;
