import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Node } from 'constructs';
import { TallyError, shown } from '../core/errors.js';
import type { EventCounterProps, StreamMode } from './event-counter-props.js';

/** `cdk -c key=value` hands over text; `cdk.json` may hold the number itself. */
type Parse<T> = (text: string, key: string) => T;

const invalid = (key: string, text: string, accepted: string): TallyError =>
  new TallyError('config_invalid', `context ${key} is ${shown(text)}; accepted: ${accepted}`);

const integer: Parse<number> = (text, key) => {
  if (!/^\d{1,9}$/.test(text)) throw invalid(key, text, 'a whole number');
  return Number(text);
};

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

const duration: Parse<Duration> = (text, key) => {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) throw invalid(key, text, 'a whole number and a unit, like 5s, 10m, 48h or 7d');
  return Duration.seconds(Number(match[1]) * UNIT_SECONDS[match[2] as keyof typeof UNIT_SECONDS]);
};

const flag: Parse<boolean> = (text, key) => {
  if (text !== 'true' && text !== 'false') throw invalid(key, text, 'true, false');
  return text === 'true';
};

const REMOVAL_POLICIES: Readonly<Record<string, RemovalPolicy>> = {
  retain: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  destroy: RemovalPolicy.DESTROY,
};

const removalPolicy: Parse<RemovalPolicy> = (text, key) => {
  const policy = REMOVAL_POLICIES[text];
  if (policy === undefined) throw invalid(key, text, Object.keys(REMOVAL_POLICIES).join(', '));
  return policy;
};

/** The props that a command line can say. Those with a shape of their own are for apps that use the construct. */
const KEYS = {
  lanes: integer,
  stripes: integer,
  freshness: duration,
  lateness: duration,
  retention: duration,
  streamMode: (text: string) => text as StreamMode,
  streamKey: (text: string, key: string) => {
    if (text !== 'aws-managed')
      throw invalid(key, text, 'aws-managed, or leave it out for a key of the stack');
    return text;
  },
  console: flag,
  countConcurrency: integer,
  isDeploymentGradual: flag,
  requestsPerSecond: integer,
  auditAt: (text: string) => text,
  alarmEmail: (text: string) => text,
  runbookUrl: (text: string) => text,
  removalPolicy,
} satisfies { readonly [Key in keyof EventCounterProps]?: Parse<EventCounterProps[Key]> };

/** The CDK's own keys and its cached look-ups all hold one of these; ours never do. */
const isForeign = (key: string): boolean => /[@:/-]/.test(key);

/**
 * Read the stack's props from the app's context.
 *
 * A key that nobody knows is refused: `-c lnes=128` must not deploy 64 lanes, which can't be changed any more.
 *
 * @throws {TallyError} `config_invalid`
 */
export function readContext(app: Node): EventCounterProps {
  const known = Object.entries<Parse<unknown>>(KEYS);
  const unknown = Object.keys(app.getAllContext() as object).filter(
    (key) => !isForeign(key) && !(key in KEYS),
  );
  if (unknown.length > 0) {
    const names = Object.keys(KEYS).sort().join(', ');
    throw new TallyError('config_invalid', `context ${unknown.join(', ')} is not known; accepted: ${names}`);
  }
  const given = known.flatMap(([key, parse]) => {
    const value = app.tryGetContext(key) as string | number | boolean | undefined;
    return value === undefined ? [] : [[key, parse(String(value), key)]];
  });
  return Object.fromEntries(given) as EventCounterProps;
}
