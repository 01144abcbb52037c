/** The CDK app: one stack, configured by context. `cdk deploy -c freshness=60s -c alarmEmail=ops@example.com` */
import { App } from 'aws-cdk-lib';
import { readContext } from '../lib/context.js';
import { TallyStack } from '../lib/index.js';

const app = new App();
new TallyStack(app, 'Tally', {
  description: 'Tally: counts events exactly, and proves it',
  counter: readContext(app.node),
  env: { account: process.env['CDK_DEFAULT_ACCOUNT'], region: process.env['CDK_DEFAULT_REGION'] },
});
