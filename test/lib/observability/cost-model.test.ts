/** What the cost model reckons with, held to what the stack is made of. */
import { ACCESS_LOG_BYTES, ALARMS, COMPOSITE_ALARMS, CUSTOM_METRICS } from '../../../core/cost/watch-use.js';
import { COUNT_MB, HEARTBEAT_MB, INGEST_MB } from '../../../core/cost/expected-units.js';
import { GAUGES, METRICS } from '../../../core/metric-names.js';
import { resourceOf, resourcesOf } from '../synthesised.js';
import { templateWith } from './stacks.js';

const template = templateWith();

const countOf = (type: string): number =>
  Object.values(resourcesOf(template)).filter(({ Type }) => Type === type).length;

/** Room for the alarms of parts to come: each is ten cents a month. */
const ALARMS_TO_COME = 8;

describe('the cost model', () => {
  it('reckons with every alarm of the stack, and with few that are not there', () => {
    const alarms = countOf('AWS::CloudWatch::Alarm');
    expect(alarms).toBeGreaterThan(20);
    expect(ALARMS).toBeGreaterThanOrEqual(alarms);
    expect(ALARMS).toBeLessThanOrEqual(alarms + ALARMS_TO_COME);
    expect(COMPOSITE_ALARMS).toBe(countOf('AWS::CloudWatch::CompositeAlarm'));
  });

  it('reckons with one dashboard', () => {
    expect(countOf('AWS::CloudWatch::Dashboard')).toBe(1);
  });

  // A metric costs once per service that emits it and once per label seen.
  it('reckons with every metric that there is a name for', () => {
    const named = Object.keys(METRICS).length + Object.keys(GAUGES).length;
    expect(CUSTOM_METRICS).toBeGreaterThanOrEqual(named);
    expect(CUSTOM_METRICS).toBeLessThanOrEqual(named + 10);
  });

  it.each([
    { name: 'Ingest', memoryMb: INGEST_MB },
    { name: 'CountingCount', memoryMb: COUNT_MB },
    { name: 'Heartbeat', memoryMb: HEARTBEAT_MB },
  ])('reckons with the memory of $name', ({ name, memoryMb }) => {
    const { Properties } = resourceOf(template, 'AWS::Lambda::Function', name);
    expect(Properties['MemorySize']).toBe(memoryMb);
  });

  it('reckons without X-Ray, which is off unless asked for', () => {
    const traced = Object.values(resourcesOf(template)).filter(
      ({ Properties }) => (Properties['TracingConfig'] as { Mode?: string } | undefined)?.Mode === 'Active',
    );
    expect(traced).toEqual([]);
  });

  it("reckons with an access log's line as the stage writes it", () => {
    const [stage] = Object.values(resourcesOf(template)).filter(
      ({ Type }) => Type === 'AWS::ApiGatewayV2::Stage',
    );
    const { Format } = stage?.Properties['AccessLogSettings'] as { Format: string };
    const samples: Record<string, string> = {
      'context.requestId': 'JKJaXmPLvHcESHA=',
      'context.requestTimeEpoch': '1764166467123',
      'context.routeKey': 'POST /v1/events',
      'context.authorizer.keyId': 'k7Qz4ZC9R1TA',
      'context.status': '202',
      'context.responseLatency': '35',
      'context.responseLength': '33',
      'context.error.messageString': '-',
    };
    const line = Format.replace(/\$([\w.]+)/g, (_, name: string) => samples[name] ?? 'x'.repeat(40));
    expect(line.length).toBeLessThanOrEqual(ACCESS_LOG_BYTES);
    expect(line.length).toBeGreaterThan(ACCESS_LOG_BYTES * 0.8);
  });
});
