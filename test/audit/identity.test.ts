/** SQL must tell events apart exactly as counting does: every combination of what makes two deliveries the same event. */
import { SLICE_MS, floorTo } from '../../core/time.js';
import { identityOf } from '../../core/identity.js';
import { AuditEngine, type EventOf } from './audit-engine.js';

const DAY = '2026-11-20';

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T09:00:00.000Z`);
});
afterEach(() => engine.dispose());

/** `undefined` and the first named key are the same for type u, subject a; the second is what a sloppy rule would make of no subject. */
const PARTITION_KEYS = [undefined, 'u/a', 'u/', 'p'];
/** The first two share their slice, the first and the last neither slice nor hour. */
const TIMES = ['07:00:00', '07:04:59', '07:05:00', '08:00:00'].map((time) => `${DAY}T${time}Z`);

function everyCombination(): EventOf[] {
  const events: EventOf[] = [];
  for (const id of ['1', '2', '1\u{1f600}'])
    for (const source of ['s', 't'])
      for (const type of ['u', 'v'])
        for (const subject of ['', 'a', 'b'])
          for (const partitionkey of PARTITION_KEYS)
            for (const time of TIMES)
              events.push({
                ...{ id, source, type, time },
                ...(subject !== '' && { subject }),
                ...(partitionkey !== undefined && { partitionkey }),
              });
  // And ids that nothing else shares: each comes again as itself alone.
  for (let n = 0; n < 60; n++)
    events.push({ id: `only-${n}`, source: 's', type: 'u', time: TIMES[n % 4] ?? '' });
  return events;
}

/** By the definition: the identity of the core, and the slice. */
function nameOf({ id, source = '', type = '', subject = '', partitionkey, time }: EventOf): string {
  const partitionKey = partitionkey ?? (subject === '' ? type : `${type}/${subject}`);
  const identity = Buffer.from(identityOf({ source, id, type, subject, partitionKey })).toString('hex');
  return `${identity} ${floorTo(Date.parse(time), SLICE_MS)}`;
}

/** Three rounds: everything, then half of it again, then a third, which come later and in other chunks. */
async function sendThreeTimes(valueOf: (event: EventOf, round: number) => number): Promise<void> {
  const events = everyCombination();
  for (const round of [1, 2, 3]) {
    const some = events.filter((_, index) => index % round === 0);
    for (let at = 0; at < some.length; at += 50) {
      const batch = some.slice(at, at + 50).map((event) => ({ ...event, value: valueOf(event, round) }));
      expect(await engine.send(batch)).toMatchObject({ rejected: [] });
    }
    await engine.pump();
    engine.clock.advance(60_000);
  }
}

/** What every distinct event adds, by the first delivery of each. */
function expectedSum(valueOf: (event: EventOf) => number): { value: number; events: number } {
  const valueByName = new Map<string, number>();
  for (const event of everyCombination()) {
    const name = nameOf(event);
    if (!valueByName.has(name)) valueByName.set(name, valueOf(event));
  }
  return { value: [...valueByName.values()].reduce((a, b) => a + b, 0), events: valueByName.size };
}

const someValue = (event: EventOf): number =>
  [...nameOf(event)].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_999, 0) -
  999;

test('repetitions count once, whatever differs and whatever is the same', async () => {
  await sendThreeTimes(someValue);
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
  expect(await engine.audit(DAY)).toMatchObject({
    outcome: 'sealed',
    drift: [],
    findings: {},
    total: expectedSum(someValue),
  });
});

test('of different bodies the first to arrive is sealed, as it was counted', async () => {
  await sendThreeTimes((event, round) => someValue(event) - 1_000 * (round - 1));
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
  const report = await engine.audit(DAY);
  expect(report).toMatchObject({ outcome: 'sealed', driftCount: 0, total: expectedSum(someValue) });
});

test('the ids that SQL computes are those of the journals, whatever is in them', async () => {
  await sendThreeTimes(someValue);
  const neverCounted = everyCombination().map((event) => ({
    ...event,
    source: `z-${event.source}`,
    value: someValue(event),
  }));
  for (let at = 0; at < neverCounted.length; at += 50) await engine.send(neverCounted.slice(at, at + 50));
  await engine.skipCounting();
  await engine.pump();
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
  const report = await engine.audit(DAY);
  expect(report).toMatchObject({ outcome: 'sealed', hours: [] });
  expect(Object.keys(report.findings)).toEqual(['never_counted']);
  const { value, events } = expectedSum(someValue);
  expect(report.total).toEqual({ value: 2 * value, events: 2 * events });
});
