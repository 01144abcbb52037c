import { Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSOLE_SECURITY_POLICY } from '../../core/console-page.js';
import { copySite } from '../../lib/console-site.js';
import { EventCounter } from '../../lib/index.js';
import { makeApp, resourcesOf, synthesise } from './synthesised.js';

const DISTRIBUTION = 'AWS::CloudFront::Distribution';
const DOMAIN = {
  name: 'console.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/c',
};

const template = synthesise({ console: true });

interface Behavior {
  readonly PathPattern?: string;
  readonly ViewerProtocolPolicy: string;
  readonly ResponseHeadersPolicyId: unknown;
  readonly TargetOriginId: string;
}

interface DistributionConfig {
  readonly DefaultCacheBehavior: Behavior;
  readonly CacheBehaviors: readonly Behavior[];
  readonly Origins: readonly { readonly Id: string; readonly DomainName: unknown }[];
}

function distributionOf(of: Template): DistributionConfig {
  const [found] = Object.values(of.findResources(DISTRIBUTION)) as {
    Properties: { DistributionConfig: DistributionConfig };
  }[];
  if (found === undefined) throw new Error('no distribution');
  return found.Properties.DistributionConfig;
}

const originOf = ({ TargetOriginId }: Behavior): string =>
  JSON.stringify(distributionOf(template).Origins.find(({ Id }) => Id === TargetOriginId)?.DomainName);

describe('the console in the stack', () => {
  it('is not there unless it is asked for', () => {
    const types = Object.values(resourcesOf(synthesise())).map(({ Type }) => Type);
    expect(types.filter((type) => /CloudFront|Custom::/.test(type))).toEqual([]);
  });

  it('serves the page from its bucket, and the API under the same name: no CORS, and no circle', () => {
    const { DefaultCacheBehavior, CacheBehaviors } = distributionOf(template);
    const [openApi, api] = CacheBehaviors;
    expect(CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(['v1/openapi.json', 'v1/*']);
    expect(originOf(DefaultCacheBehavior)).toMatch(/ConsoleSite.*RegionalDomainName/);
    expect(openApi && originOf(openApi)).toBe(originOf(DefaultCacheBehavior));
    expect(api && originOf(api)).toMatch(/FrontApi.*ApiEndpoint/);
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
  });

  it('hands everything to the API as it came, and keeps neither its answers nor its errors', () => {
    template.hasResourceProperties(DISTRIBUTION, {
      DistributionConfig: {
        CacheBehaviors: Match.arrayWith([
          Match.objectLike({
            PathPattern: 'v1/*',
            AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
            CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // CachingDisabled
            OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac', // AllViewerExceptHostHeader
          }),
        ]),
        CustomErrorResponses: [403, 404, 500, 502, 503, 504].map((ErrorCode) => ({
          ErrorCode,
          ErrorCachingMinTTL: 0,
        })),
      },
    });
  });

  it('speaks TLS alone, to browsers and to its origins', () => {
    const { DefaultCacheBehavior, CacheBehaviors } = distributionOf(template);
    const policies = [DefaultCacheBehavior, ...CacheBehaviors].map((one) => one.ViewerProtocolPolicy);
    expect(policies).toEqual(['redirect-to-https', 'redirect-to-https', 'https-only']);
    template.hasResourceProperties(DISTRIBUTION, {
      DistributionConfig: {
        Origins: Match.arrayWith([
          Match.objectLike({
            CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
          }),
        ]),
      },
    });
  });

  it('says with every answer what a browser may do: only what the page itself is made of', () => {
    const { DefaultCacheBehavior, CacheBehaviors } = distributionOf(template);
    for (const { ResponseHeadersPolicyId } of [DefaultCacheBehavior, ...CacheBehaviors])
      expect(JSON.stringify(ResponseHeadersPolicyId)).toContain('ConsoleHeaders');
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: { ContentSecurityPolicy: CONSOLE_SECURITY_POLICY, Override: true },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
        },
      },
    });
    expect(CONSOLE_SECURITY_POLICY).toContain("default-src 'none'");
    expect(CONSOLE_SECURITY_POLICY).toContain("connect-src 'self';");
  });

  it('lets only this distribution read the bucket, and nobody else', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: Match.stringLikeRegexp('ConsoleSite') },
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
          }),
        ],
      },
    });
  });

  it('takes its files away with the stack, and asks for each anew', () => {
    template.hasResourceProperties('Custom::CDKBucketDeployment', {
      RetainOnDelete: false,
      Prune: true,
      SystemMetadata: { 'cache-control': 'no-cache' },
    });
    const bucket = Object.entries(resourcesOf(template)).find(([id]) => id.includes('ConsoleSite'))?.[1];
    expect(bucket?.DeletionPolicy).toBe('Delete');
  });

  it('goes under a name of its own, with the TLS of this decade', () => {
    synthesise({ console: true, consoleDomain: DOMAIN }).hasResourceProperties(DISTRIBUTION, {
      DistributionConfig: {
        Aliases: ['console.example.com'],
        ViewerCertificate: {
          AcmCertificateArn: DOMAIN.certificateArn,
          MinimumProtocolVersion: 'TLSv1.2_2021',
          SslSupportMethod: 'sni-only',
        },
      },
    });
  });

  it('asks the API by its own name where it has one: the default endpoint is off then', () => {
    const domain = { name: 'count.example.com', certificateArn: 'arn:aws:acm:eu-west-1:1:certificate/c' };
    expect(distributionOf(synthesise({ console: true, domain })).Origins[1]?.DomainName).toBe(domain.name);
  });

  it('may be there twice in one stack', () => {
    const stack = new Stack(makeApp(), 'Theirs');
    const urls = ['Web', 'Mobile'].map((id) => new EventCounter(stack, id, { console: true }).console?.url);
    expect(new Set(urls).size).toBe(2);
  });

  it.each([
    ['consoleDomain is given and console is false', { consoleDomain: DOMAIN }],
    [
      'accepted: an ACM certificate in us-east-1',
      {
        console: true,
        consoleDomain: { ...DOMAIN, certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/c' },
      },
    ],
  ])('refuses: %s', (message, props) => {
    expect(() => new EventCounter(new Stack(), 'Tally', props)).toThrow(message);
  });
});

describe('the site', () => {
  it('has every file that the page refers to, and nothing that it does not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tally-site-'));
    copySite(folder);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    rmSync(folder, { recursive: true });
    const named = [
      ...[...html.matchAll(/(?:src|href)="((?:console|v1)\/[^"#]+)"/g)].map(([, path]) => path ?? ''),
      ...[...text.matchAll(/from '\.\/([\w-]+\.js)'/g)].map(([, name]) => `console/${name}`),
    ];
    expect(files.sort()).toEqual([...new Set(['index.html', ...named])].sort());
  });
});
