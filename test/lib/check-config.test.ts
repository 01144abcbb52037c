import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { checkConfig } from '../../lib/check-config.js';
import { withDefaults, type EventCounterProps, type StreamMode } from '../../lib/event-counter-props.js';

const check = (props: EventCounterProps): void => checkConfig(withDefaults(props));

describe('checkConfig', () => {
  it.each<EventCounterProps>([
    {},
    { lanes: 1 },
    { lanes: 1024, stripes: 1024 },
    { stripes: 64 },
    { streamMode: 'on-demand' },
    { streamMode: 'on-demand', lanes: 16, stripes: 16 },
    { freshness: Duration.seconds(1) },
    { freshness: Duration.seconds(300) },
    { lateness: Duration.hours(1) },
    { lateness: Duration.days(35) },
    { retention: Duration.days(2) },
    { retention: Duration.days(365) },
    { countConcurrency: 4 },
    { archiveLifecycle: { infrequentAccessAfterDays: 30, archiveTierAfterDays: 60, expireAfterDays: 61 } },
    { archiveLifecycle: { expireAfterDays: 2 + 7 + 30 } },
    { archiveSince: '2026-11-21' },
    { queryScanMax: Size.mebibytes(10) },
    { alarmEmail: 'ops@example.com' },
    { removalPolicy: RemovalPolicy.DESTROY },
  ])('accepts %j', (props) => {
    expect(() => check(props)).not.toThrow();
  });

  it.each<[string, EventCounterProps]>([
    ['lanes is 48; accepted: a power of two, 1 to 1024', { lanes: 48 }],
    ['lanes is 2048; accepted: a power of two, 1 to 1024', { lanes: 2048 }],
    ['lanes is NaN; accepted', { lanes: NaN }],
    ['stripes is 3; accepted: a power of two, 1 to the number of lanes, 64', { stripes: 3 }],
    ['stripes is 128; accepted', { stripes: 128 }],
    ['stripes is 0; accepted', { stripes: 0 }],
    [
      'stripes is 4 and streamMode is on-demand; accepted there: as many stripes as lanes, 64',
      { stripes: 4, streamMode: 'on-demand' },
    ],
    [
      'streamMode is "serverless"; accepted: provisioned, on-demand',
      { streamMode: 'serverless' as StreamMode },
    ],
    ['freshness is 0 ms; accepted: whole seconds, 1 to 300', { freshness: Duration.seconds(0) }],
    ['freshness is 1500 ms; accepted', { freshness: Duration.millis(1500) }],
    ['freshness is 301000 ms; accepted', { freshness: Duration.seconds(301) }],
    ['lateness is 60000 ms; accepted: 1 h to 35 d', { lateness: Duration.minutes(1) }],
    ['lateness is 3110400000 ms; accepted', { lateness: Duration.days(36) }],
    ['retention is 24 h; accepted: whole hours, 2 to 365 days', { retention: Duration.days(1) }],
    ['retention is 8784 h; accepted', { retention: Duration.days(366) }],
    ['retention is 48.5 h; accepted', { retention: Duration.minutes(48 * 60 + 30) }],
    [
      'countConcurrency is 3; accepted: a whole number, at least the number of stripes, 4',
      { countConcurrency: 3 },
    ],
    ['requestsPerSecond is 0; accepted', { requestsPerSecond: 0 }],
    [
      'accepted: for reads and writes, whole numbers 1 ≤ min ≤ max',
      { tableCapacity: { reads: { min: 1, max: 1 }, writes: { min: 9, max: 8 } } },
    ],
    ['warmThroughput is', { warmThroughput: { readsPerSecond: 0, writesPerSecond: 1 } }],
    [
      'infrequentAccessAfterDays is 29; accepted: 30 or more',
      { archiveLifecycle: { infrequentAccessAfterDays: 29 } },
    ],
    [
      'archiveTierAfterDays is 59; accepted: 60 or more',
      { archiveLifecycle: { infrequentAccessAfterDays: 30, archiveTierAfterDays: 59 } },
    ],
    ['expireAfterDays is 38; accepted: 39 or more', { archiveLifecycle: { expireAfterDays: 38 } }],
    [
      'expireAfterDays is 100; accepted: 121 or more',
      { archiveLifecycle: { archiveTierAfterDays: 120, expireAfterDays: 100 } },
    ],
    ['archiveSince is "2026-11"; accepted: a day', { archiveSince: '2026-11' }],
    ['archiveSince is "2026-02-30"; accepted: a day', { archiveSince: '2026-02-30' }],
    ['queryScanMax is 1048576 bytes; accepted: 10000000 or more', { queryScanMax: Size.mebibytes(1) }],
    ['auditAt is "24:00"; accepted: a time of day in UTC, like 03:00', { auditAt: '24:00' }],
    ['auditAt is "3:00"; accepted', { auditAt: '3:00' }],
    ['alarmEmail is "ops"; accepted: an e-mail address', { alarmEmail: 'ops' }],
    ['removalPolicy is "snapshot"; accepted', { removalPolicy: RemovalPolicy.SNAPSHOT }],
  ])('refuses with: %s', (message, props) => {
    expect(() => check(props)).toThrow(message);
  });

  it('names everything that is wrong at once', () => {
    const twoMistakes = { lanes: 48, lateness: Duration.minutes(1) };
    expect(() => check(twoMistakes)).toThrow(/lanes is 48[^]*lateness is 60000 ms/);
  });
});
