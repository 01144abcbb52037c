import { Duration } from 'aws-cdk-lib';
import { MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { ON_DEMAND_STREAM, PRICE_LIST } from '../../core/cost/prices.js';
import { costLines, type CostLine } from './cost-lines.js';
import { divisor, sumOf } from './metric-math.js';
import type { Watched } from './watched.js';

const BILLION = '1000000000';
const PERIOD = Duration.hours(1);
const HOURS = '(PERIOD(counted) / 3600)';
const { prices } = PRICE_LIST;
const STANDARD_RETENTION_DAYS = 1;

/** What the estimate leaves out, to be said beside it. */
export const NOT_ESTIMATED = 'storage, audits, KMS, CloudWatch itself, data out, free tiers and discounts';

/** What the stack costs, by what CloudWatch has measured and the price list: an estimate, never the bill. */
export class CostEstimate {
  public constructor(private readonly watched: Watched) {}

  /** Dollars per hour. */
  public metricUsdPerHour(): MathExpression {
    return new MathExpression({
      label: `Estimated $ per hour (${priceListName})`,
      period: PERIOD,
      expression: `(${this.usd}) / ${HOURS}`,
      usingMetrics: this.metrics,
    });
  }

  /** Dollars per billion events counted. An hour in which nothing was counted is 0: no division by zero, and no answer. */
  public metricUsdPerBillion(): MathExpression {
    const counted = sumOf('counted');
    return new MathExpression({
      label: `Estimated $ per billion events (${priceListName}); 0: none counted`,
      period: PERIOD,
      expression: `IF(${counted} > 0, ${BILLION}, 0) * (${this.usd}) / ${divisor(counted)}`,
      usingMetrics: this.metrics,
    });
  }

  private get usd(): string {
    return [...costLines(this.watched).map(usdOf), `${HOURS} * ${streamUsdPerHour(this.watched)}`].join(
      ' + ',
    );
  }

  private get metrics(): Record<string, IMetric> {
    const counted = this.watched.counting.metricEventsCountedSum();
    const measured = costLines(this.watched).map(({ id, metric }) => [id, metric] as const);
    return { counted, ...Object.fromEntries(measured) };
  }
}

const priceListName = `list prices of ${PRICE_LIST.version}, ${PRICE_LIST.region}`;

function usdOf({ id, price, unitsPerPriced = 1, isHourly = false }: CostLine): string {
  const quantity = isHourly ? `${sumOf(id)} * ${HOURS}` : sumOf(id);
  return `${quantity} * ${decimal(price.usd)} / ${decimal(price.per * unitsPerPriced)}`;
}

/** What runs whether used or not: shards and what they keep beyond a day, or an on-demand stream. */
function streamUsdPerHour({ config }: Watched): string {
  if (config.streamMode === 'on-demand') return decimal(ON_DEMAND_STREAM.streamHours.usd);
  const isExtended = config.retention.toDays({ integral: false }) > STANDARD_RETENTION_DAYS;
  const shardHour = prices.shardHours.usd + (isExtended ? prices.extendedRetentionShardHours.usd : 0);
  return decimal(config.stripes * shardHour);
}

/** Metric math knows no exponents. */
const decimal = (n: number): string => n.toFixed(12).replace(/\.?0+$/, '');
