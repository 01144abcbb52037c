import { RemovalPolicy, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import {
  NodejsFunction,
  OutputFormat,
  SourceMapMode,
  type BundlingOptions,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV } from '../core/env-names.js';
import { BUNDLE, lambdaEntry, needsSql, projectPath, type LambdaName } from './bundling.js';
import type { EventCounterConfig } from './event-counter-props.js';

export interface TallyFunctionProps {
  /** The file in `lambdas/`, without its extension. */
  readonly entry: LambdaName;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly reservedConcurrency?: number;
  readonly config: Pick<EventCounterConfig, 'deployment' | 'logRetention' | 'isTraced'>;
}

const BUNDLING: BundlingOptions = {
  ...BUNDLE,
  forceDockerBundling: false,
  format: OutputFormat.ESM,
  mainFields: [...BUNDLE.mainFields],
  // The SDK goes in: what was tested is what runs, and one file starts faster than the runtime's own copy.
  bundleAwsSDK: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
};

const COPY_SQL: BundlingOptions['commandHooks'] = {
  beforeInstall: () => [],
  beforeBundling: () => [],
  afterBundling: (projectFolder, outputFolder) => [`cp -R "${projectFolder}/sql" "${outputFolder}/sql"`],
};

/**
 * A Lambda as all of Tally's are: Node 24 on arm64, one bundled file, JSON logs, a role of its own.
 *
 * The role may write to the function's own log group and nothing else. The L2's default role may write to every log
 * group of the account; what else a function may do is granted by the `bind` methods of what it uses.
 */
export class TallyFunction extends NodejsFunction {
  public readonly memoryMb: number;

  public constructor(scope: Construct, id: string, props: TallyFunctionProps) {
    const { entry, memoryMb, timeout, reservedConcurrency, config } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: config.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      entry: lambdaEntry(entry),
      projectRoot: projectPath(''),
      depsLockFilePath: projectPath('package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout,
      reservedConcurrentExecutions: reservedConcurrency,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Below WARN, the platform writes three lines per invocation: at scale they cost more than the function.
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      tracing: config.isTraced ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: { NODE_OPTIONS: '--enable-source-maps', [ENV.deployment]: config.deployment },
      bundling: needsSql(entry) ? { ...BUNDLING, commandHooks: COPY_SQL } : BUNDLING,
    });
    this.memoryMb = memoryMb;
  }
}
