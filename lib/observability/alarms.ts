import { AlarmRule, CompositeAlarm, type AlarmBase, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { makeApiAlarms } from './api-alarms.js';
import { makeArchiveAlarms } from './archive-alarms.js';
import { makeAuditAlarms } from './audit-alarms.js';
import { makeCountingAlarms } from './counting-alarms.js';
import { makeStreamAlarms } from './stream-alarms.js';
import { alarmName, runbookLink, type AlarmConfig, type TallyAlarm } from './tally-alarm.js';
import type { Watched } from './watched.js';

/**
 * Everything that may ring.
 *
 * What makes counts wrong, or late, comes in swarms: one cause, many alarms. So a person hears of those two once each, and
 * of every other alarm by itself.
 */
export class Alarms extends Construct {
  public readonly countingWrong: CompositeAlarm;
  public readonly countingLate: CompositeAlarm;
  private readonly wrong: readonly TallyAlarm[];
  private readonly late: readonly TallyAlarm[];
  private readonly others: readonly TallyAlarm[];

  public constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { config } = watched;
    const counting = makeCountingAlarms(this, watched);
    const audit = makeAuditAlarms(this, watched);
    this.wrong = [...counting.wrong, audit.drift];
    this.late = counting.late;
    this.others = [
      ...makeApiAlarms(this, watched),
      ...makeStreamAlarms(this, watched),
      ...makeArchiveAlarms(this, watched),
      ...audit.others,
    ];
    this.countingWrong = anyOf(
      this,
      'CountingWrong',
      config,
      this.wrong,
      'Counts are wrong: too low or too high.',
    );
    this.countingLate = anyOf(this, 'CountingLate', config, this.late, 'Counts are late, and will be right.');
  }

  /** For a dashboard: the two that sum up come first. */
  public get all(): readonly AlarmBase[] {
    return [...this.heard, ...this.wrong, ...this.late];
  }

  /** Tell of each when it rings and when it stops. */
  public tell(action: IAlarmAction): void {
    for (const alarm of this.heard) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }

  private get heard(): readonly AlarmBase[] {
    return [this.countingWrong, this.countingLate, ...this.others];
  }
}

function anyOf(
  scope: Construct,
  id: string,
  config: AlarmConfig,
  alarms: readonly TallyAlarm[],
  says: string,
): CompositeAlarm {
  return new CompositeAlarm(scope, id, {
    compositeAlarmName: alarmName(config, id),
    alarmDescription: `${says} Missing data means what it means to the alarms that this one sums up. ${runbookLink(config, id)}`,
    alarmRule: AlarmRule.anyOf(...alarms),
  });
}
