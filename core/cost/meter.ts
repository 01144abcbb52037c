/**
 * From counted units to dollars. The one meter behind `tally cost`, the benches and the dashboard's live figure: what
 * differs is only whether the units were expected or consumed.
 */
import { PRICE_LIST, type PriceList, type PriceName, type Service } from './prices.js';

/** How many units were used of what has a price, already rounded as its service rounds (`billed-units.ts`). */
export type CountedUnits = Readonly<Partial<Record<PriceName, number>>>;

export interface BillLine {
  readonly price: PriceName;
  readonly service: Service;
  readonly what: string;
  readonly units: number;
  readonly unit: string;
  readonly usd: number;
  readonly usdPerBillion: number;
}

export interface ServiceSum {
  readonly service: Service;
  readonly usd: number;
  readonly usdPerBillion: number;
}

export interface Bill {
  readonly priceListVersion: string;
  readonly region: string;
  readonly eventCount: number;
  /** In the order of the price list. */
  readonly lines: readonly BillLine[];
  readonly services: readonly ServiceSum[];
  readonly usd: number;
  readonly usdPerBillion: number;
}

const BILLION = 1e9;

/**
 * The bill for counted units and the events they were used for.
 *
 * @throws {RangeError} `eventCount` is not above 0, or a number of units is below 0: a bug in the caller.
 */
export function billOf(units: CountedUnits, eventCount: number, list: PriceList = PRICE_LIST): Bill {
  if (!(eventCount > 0)) throw new RangeError(`eventCount must be above 0, got ${eventCount}`);
  const perBillion = BILLION / eventCount;
  const lines = (Object.keys(list.prices) as PriceName[])
    .filter((price) => units[price] !== undefined)
    .map((price) => lineOf(price, units[price] ?? 0, perBillion, list));
  const usd = sumOf(lines);
  return {
    priceListVersion: list.version,
    region: list.region,
    eventCount,
    lines,
    services: [...new Set(lines.map(({ service }) => service))].map((service) => {
      const serviceUsd = sumOf(lines.filter((line) => line.service === service));
      return { service, usd: serviceUsd, usdPerBillion: serviceUsd * perBillion };
    }),
    usd,
    usdPerBillion: usd * perBillion,
  };
}

function lineOf(price: PriceName, units: number, perBillion: number, list: PriceList): BillLine {
  if (!(units >= 0)) throw new RangeError(`${price} must be 0 or more units, got ${units}`);
  const { service, what, unit, usd: usdOfPer, per } = list.prices[price];
  const usd = (units / per) * usdOfPer;
  return { price, service, what, units, unit, usd, usdPerBillion: usd * perBillion };
}

const sumOf = (lines: readonly BillLine[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
