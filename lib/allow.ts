import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Allow exactly these actions on exactly these resources. */
export const allow = (actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ actions: [...actions], resources: [...resources] });
