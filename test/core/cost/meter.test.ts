import {
  GB,
  athenaBytes,
  firehoseBytes,
  httpApiUnits,
  lambdaGbSeconds,
  putPayloadUnits,
  readUnits,
  writeUnits,
} from '../../../core/cost/billed-units.js';
import { billOf } from '../../../core/cost/meter.js';
import { PRICE_LIST, type PriceName } from '../../../core/cost/prices.js';

const KB = 1_024;

describe('what services bill', () => {
  it.each([
    { why: 'an empty request', units: httpApiUnits(0), is: 1 },
    { why: 'a request of 512 KB', units: httpApiUnits(512 * KB), is: 1 },
    { why: 'one byte more', units: httpApiUnits(512 * KB + 1), is: 2 },
    { why: 'the largest request', units: httpApiUnits(4 * KB * KB), is: 8 },
    { why: 'a record of 25 KB', units: putPayloadUnits(25 * KB), is: 1 },
    { why: 'a record of 26 KB', units: putPayloadUnits(26 * KB), is: 2 },
    { why: 'a small record in Firehose', units: firehoseBytes(1), is: 5 * KB },
    { why: 'a record of 5 KB and a byte in Firehose', units: firehoseBytes(5 * KB + 1), is: 10 * KB },
    { why: 'a write of 1 KB', units: writeUnits(KB), is: 1 },
    { why: 'a write of 1.5 KB', units: writeUnits(1.5 * KB), is: 2 },
    { why: 'a strong read of 4 KB', units: readUnits(4 * KB, 'strong'), is: 1 },
    { why: 'an eventual read of 4 KB', units: readUnits(4 * KB, 'eventual'), is: 0.5 },
    { why: 'a strong read of nothing', units: readUnits(0, 'strong'), is: 1 },
    { why: 'a strong read of 10 KB', units: readUnits(10 * KB, 'strong'), is: 3 },
    { why: 'a query of 1 KB', units: athenaBytes(KB), is: 10 * KB * KB },
    { why: 'a query of 1 GB', units: athenaBytes(GB), is: GB },
    { why: '10.2 ms of 2 GB', units: lambdaGbSeconds(10.2, 2_048), is: 0.022 },
  ])('$why', ({ units, is }) => {
    expect(units).toBeCloseTo(is, 12);
  });
});

describe('billOf', () => {
  it('is units times price, by line, by service and per billion', () => {
    // 2 M requests at $1 a million, 300 M write units at $0.625 a million, 8 M read units at $0.125 a million.
    const bill = billOf(
      { httpApiRequests: 2_000_000, counterWriteUnits: 300_000_000, countReadUnits: 8_000_000 },
      500_000_000,
    );
    expect(bill.lines.map(({ price, usd, usdPerBillion }) => [price, usd, usdPerBillion])).toEqual([
      ['httpApiRequests', 2, 4],
      ['counterWriteUnits', 187.5, 375],
      ['countReadUnits', 1, 2],
    ]);
    expect(bill.services).toEqual([
      { service: 'API Gateway', usd: 2, usdPerBillion: 4 },
      { service: 'DynamoDB', usd: 188.5, usdPerBillion: 377 },
    ]);
    expect(bill).toMatchObject({ usd: 190.5, usdPerBillion: 381, region: 'us-east-1' });
  });

  it.each<{ price: PriceName; units: number; usd: number; why: string }>([
    { price: 'shardHours', units: 4 * 730, usd: 43.8, why: '4 shards for a month at 1.5 cents an hour' },
    { price: 'extendedRetentionShardHours', units: 4 * 730, usd: 58.4, why: 'their retention at 2 cents' },
    { price: 'putPayloadUnits', units: 40_000_000, usd: 0.56, why: '40 M at 1.4 cents a million' },
    { price: 'countGbSeconds', units: 1_000_000, usd: 13.3334, why: 'a million GB-seconds on arm64' },
    { price: 'firehoseEventsGb', units: 190, usd: 5.51, why: '190 GB at 2.9 cents' },
    {
      price: 'counterWriteCapacityHours',
      units: 1_000 * 730,
      usd: 474.5,
      why: '1,000 writes a second for a month',
    },
    { price: 'tableGbMonths', units: 10, usd: 2.5, why: '10 GB at 25 cents' },
    { price: 'athenaTb', units: 0.4, usd: 2, why: '0.4 TB at 5 dollars' },
    { price: 'logGb', units: 7, usd: 3.5, why: '7 GB at 50 cents' },
    { price: 'kmsRequests', units: 20_000, usd: 0.06, why: '20,000 calls at 3 cents for 10,000' },
    { price: 'stateTransitions', units: 4_000, usd: 0.1, why: '4,000 at 2.5 cents a thousand' },
  ])('$price: $why', ({ price, units, usd }) => {
    expect(billOf({ [price]: units }, 1e9).usd).toBeCloseTo(usd, 10);
  });

  it('says which price list it used, and takes another', () => {
    const dearer = {
      ...PRICE_LIST,
      version: '2030-01-01',
      prices: { ...PRICE_LIST.prices, lambdaRequests: { ...PRICE_LIST.prices.lambdaRequests, usd: 2 } },
    };
    expect(billOf({ lambdaRequests: 1_000_000 }, 1e9).priceListVersion).toBe(PRICE_LIST.version);
    expect(billOf({ lambdaRequests: 1_000_000 }, 1e9, dearer)).toMatchObject({
      usd: 2,
      priceListVersion: '2030-01-01',
    });
  });

  it.each([0, -1, Number.NaN])('refuses %s events', (eventCount) => {
    expect(() => billOf({}, eventCount)).toThrow(`got ${eventCount}`);
  });

  it('refuses units that are no number', () => {
    expect(() => billOf({ s3Puts: Number.NaN }, 1)).toThrow('s3Puts must be 0 or more units, got NaN');
  });
});

it('knows of each price its source and the day it was looked up', () => {
  expect(PRICE_LIST.version).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  for (const price of Object.values(PRICE_LIST.prices)) {
    expect(price.source).toMatch(/^https:\/\/aws\.amazon\.com\//);
    expect(price.usd).toBeGreaterThan(0);
  }
});
