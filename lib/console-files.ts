import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, type ISource } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct, type IConstruct } from 'constructs';
import { CONSOLE_CACHE_CONTROL } from '../core/console-page.js';
import { acknowledge } from './acknowledge.js';
import { siteSource } from './console-site.js';
import type { EventCounterConfig } from './event-counter-props.js';

export interface ConsoleFilesProps {
  readonly bucket: Bucket;
  readonly config: EventCounterConfig;
}

/** The site's files in their bucket, put there at each deployment by the CDK's own function. */
export class ConsoleFiles extends Construct {
  public constructor(scope: Construct, id: string, { bucket, config }: ConsoleFilesProps) {
    super(scope, id);
    const readObjects = new Set([bucket.arnForObjects('*')]);
    const { handlerRole } = new BucketDeployment(this, 'Deployment', {
      sources: [noting(siteSource(), readObjects)],
      destinationBucket: bucket,
      cacheControl: [CacheControl.fromString(CONSOLE_CACHE_CONTROL)],
      // With the stack, the files go first and then their bucket.
      retainOnDelete: false,
      logGroup: new LogGroup(this, 'Logs', {
        retention: config.logRetention,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    if (handlerRole.node.scope !== undefined) acknowledgeHandler(handlerRole.node.scope, readObjects);
  }
}

/** The same source; where its asset lies, which only its binding knows, is noted. */
const noting = (source: ISource, objectArns: Set<string>): ISource => ({
  bind: (scope, context) => {
    const bound = source.bind(scope, context);
    objectArns.add(bound.bucket.arnForObjects('*'));
    return bound;
  },
});

const WIDE_ACTIONS = ['GetBucket*', 'GetObject*', 'List*', 'Abort*', 'DeleteObject*'];

/**
 * The function is one for all of a stack that deploys files, so its permissions are not ours to narrow: with a role of our own,
 * another part's files could no longer be deployed.
 */
function acknowledgeHandler(handler: IConstruct, objectArns: ReadonlySet<string>): void {
  const role = "The CDK's own function has this role from the CDK, and runs at deployments only.";
  const basic = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
  acknowledge(handler, `IAM4[Policy::${basic}]`, role);
  for (const action of WIDE_ACTIONS) acknowledge(handler, `IAM5[Action::s3:${action}]`, role);
  for (const arn of objectArns)
    acknowledge(handler, `IAM5[Resource::${spelled(Stack.of(handler).resolve(arn))}]`, role);
  acknowledge(handler, 'L1', 'The CDK chooses the runtime of its own function, and moves it.');
}

/** As cdk-nag spells what is known at deployment only: `<Id.Attribute>`. */
function spelled(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, args] = []] = Object.entries(value as Record<string, unknown>);
  if (name === 'Fn::Join') return (args as [string, unknown[]])[1].map(spelled).join('');
  if (name === 'Fn::Sub') return String(args).replaceAll(/\$\{([^}]+)\}/g, '<$1>');
  return `<${name === 'Fn::GetAtt' ? (args as string[]).join('.') : String(args)}>`;
}
