import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Alarms } from './alarms.js';
import { dashboardUrl, makeDashboard } from './dashboard.js';
import type { Watched } from './watched.js';

/** What an operator sees: one dashboard, and every alarm. */
export class Observability extends Construct {
  public readonly alarms: Alarms;
  public readonly dashboard: Dashboard;

  public constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.alarms = new Alarms(this, 'Alarms', watched);
    this.dashboard = makeDashboard(this, watched, this.alarms);
  }

  /** Where to look first. */
  public get dashboardUrl(): string {
    return dashboardUrl(this.dashboard);
  }
}
