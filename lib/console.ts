import { Aws, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
  type BehaviorOptions,
  type DistributionProps,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CONSOLE_SECURITY_POLICY } from '../core/console-page.js';
import { acknowledge } from './acknowledge.js';
import { ConsoleFiles } from './console-files.js';
import { OPEN_API_PATH } from './console-site.js';
import type { EventCounterConfig } from './event-counter-props.js';
import type { HttpApiFront } from './http-api.js';
import { PrivateBucket } from './private-bucket.js';

export interface ConsoleProps {
  readonly config: EventCounterConfig;
  readonly front: HttpApiFront;
}

const HSTS_MAX_AGE = Duration.days(365);
/** What CloudFront would otherwise keep for ten seconds: a refused key would stay refused, a recovered API down. */
const KEPT_ERRORS = [403, 404, 500, 502, 503, 504];

/**
 * The console as a static site: `/` and `/console/*` from a bucket, `/v1/*` from the API.
 *
 * One origin for the browser: the page finds its API where it is itself, its policy allows nothing else, the API needs no
 * CORS for it, and so API and distribution do not depend on each other in a circle. The page is for anybody, as it holds no
 * data; every answer of the API but its health wants a key, as ever.
 */
export class Console extends Construct {
  public readonly distribution: Distribution;
  /** Where people open it, without a trailing slash. */
  public readonly url: string;

  public constructor(scope: Construct, id: string, { config, front }: ConsoleProps) {
    super(scope, id);
    const bucket = this.makeBucket(config);
    const headers = this.makeHeaders();
    const page: BehaviorOptions = {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: headers,
    };
    this.distribution = new Distribution(this, 'Distribution', {
      comment: `Tally: the console of ${Aws.STACK_NAME}`,
      defaultRootObject: 'index.html',
      defaultBehavior: page,
      // The first that fits is taken.
      additionalBehaviors: { [OPEN_API_PATH]: page, 'v1/*': apiBehavior(front, headers) },
      errorResponses: KEPT_ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...this.domainProps(config),
    });
    this.acknowledgeFindings(config);
    new ConsoleFiles(this, 'Files', { bucket, config });
    this.url = `https://${config.consoleDomain?.name ?? this.distribution.distributionDomainName}`;
  }

  /** Its files are of the code, not of the data: they go with the stack. */
  private makeBucket({ accessLogsBucket }: EventCounterConfig): Bucket {
    return new PrivateBucket(this, 'Site', { accessLogsBucket, removalPolicy: RemovalPolicy.DESTROY });
  }

  private makeHeaders(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Headers', {
      comment: 'Tally: what a browser may do on the console',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: CONSOLE_SECURITY_POLICY, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: HSTS_MAX_AGE, override: true },
      },
    });
  }

  private domainProps({ consoleDomain }: EventCounterConfig): Partial<DistributionProps> {
    if (consoleDomain === undefined) return {};
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', consoleDomain.certificateArn);
    const minimumProtocolVersion = SecurityPolicyProtocol.TLS_V1_2_2021;
    return { domainNames: [consoleDomain.name], certificate, minimumProtocolVersion };
  }

  private acknowledgeFindings({ accessLogsBucket, consoleDomain }: EventCounterConfig): void {
    const { distribution } = this;
    acknowledge(distribution, 'CFR1', 'Operators may be anywhere; what they may see, keys decide.');
    acknowledge(
      distribution,
      'CFR2',
      'The page is static and public, and the API behind it throttles; a firewall is for the account to choose.',
    );
    acknowledge(
      distribution,
      'CFR3',
      "Every request for data goes on to the API and is in its log; CloudFront's own would need a bucket with ACLs.",
    );
    if (consoleDomain === undefined)
      acknowledge(
        distribution,
        'CFR4',
        "CloudFront's own name comes with its own certificate and TLS policy; `consoleDomain` takes TLS 1.2 and above.",
      );
    if (accessLogsBucket === undefined)
      acknowledge(this, 'S1', 'Access logs go where `accessLogsBucket` says; these files are for anybody.');
  }
}

/** Everything goes on as it came, the key too, and nothing of it is kept. */
const apiBehavior = (front: HttpApiFront, responseHeadersPolicy: ResponseHeadersPolicy): BehaviorOptions => ({
  origin: new HttpOrigin(Fn.parseDomainName(front.url), {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
  }),
  // No redirect: a key must not be sent in plain text even once.
  viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
  allowedMethods: AllowedMethods.ALLOW_ALL,
  cachePolicy: CachePolicy.CACHING_DISABLED,
  // API Gateway knows its API by the host's name.
  originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  responseHeadersPolicy,
});
