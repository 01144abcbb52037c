import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from '../synthesised.js';

/** A metric that something in a template looks at. */
export interface FoundMetric {
  readonly where: string;
  readonly namespace: string;
  readonly name: string;
  /** Sorted names of its dimensions. */
  readonly dimensions: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly statistic: string;
}

export interface FoundExpression {
  readonly where: string;
  readonly expression: string;
}

interface AlarmMetric {
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: AlarmProperties; readonly Stat: string };
}

interface AlarmProperties {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Statistic: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Metrics?: readonly AlarmMetric[];
}

/** As in a dashboard's JSON: namespace, name, dimensions in pairs, options. */
type WidgetMetric = readonly (string | { readonly expression?: string; readonly stat?: string })[];

interface Widget {
  readonly properties: { readonly title?: string; readonly metrics?: readonly WidgetMetric[] };
}

const ALARM = 'AWS::CloudWatch::Alarm';
const DASHBOARD = 'AWS::CloudWatch::Dashboard';

/** Every metric that alarms and dashboards of a template look at. */
export const metricsOf = (template: Template): FoundMetric[] => [
  ...propertiesOf(template, ALARM).flatMap(([id, alarm]) => metricsOfAlarm(id, alarm as AlarmProperties)),
  ...widgetMetricsOf(template).flatMap(([title, metric]) => metricOfWidget(title, metric)),
];

/** Every expression, with the ids that it may use. */
export const expressionsOf = (template: Template): FoundExpression[] => [
  ...propertiesOf(template, ALARM).flatMap(([where, alarm]) =>
    ((alarm as AlarmProperties).Metrics ?? []).flatMap(({ Expression }) =>
      Expression === undefined ? [] : [{ where, expression: Expression }],
    ),
  ),
  ...widgetMetricsOf(template).flatMap(([where, [first]]) =>
    typeof first === 'object' && first.expression !== undefined
      ? [{ where, expression: first.expression }]
      : [],
  ),
];

const propertiesOf = (template: Template, type: string): [string, unknown][] =>
  Object.entries(resourcesOf(template)).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );

function metricsOfAlarm(where: string, alarm: AlarmProperties): FoundMetric[] {
  if (alarm.Metrics === undefined) return [metricOfAlarm(where, alarm, alarm.Statistic)];
  return alarm.Metrics.flatMap(({ MetricStat }) =>
    MetricStat === undefined ? [] : [metricOfAlarm(where, MetricStat.Metric, MetricStat.Stat)],
  );
}

function metricOfAlarm(where: string, alarm: AlarmProperties, statistic: string): FoundMetric {
  const pairs = (alarm.Dimensions ?? []).map(({ Name, Value }): [string, string] => [Name, flat(Value)]);
  return found({ where, namespace: alarm.Namespace, name: alarm.MetricName, statistic }, pairs);
}

function widgetMetricsOf(template: Template): [string, WidgetMetric][] {
  return propertiesOf(template, DASHBOARD).flatMap(([, dashboard]) => {
    const { DashboardBody } = dashboard as { DashboardBody: unknown };
    const { widgets } = JSON.parse(flat(DashboardBody)) as { widgets: Widget[] };
    return widgets.flatMap(({ properties: { title = '', metrics = [] } }) =>
      metrics.map((metric): [string, WidgetMetric] => [`dashboard: ${title}`, metric]),
    );
  });
}

function metricOfWidget(where: string, metric: WidgetMetric): FoundMetric[] {
  const words = metric.filter((part) => typeof part === 'string');
  const [namespace, name, ...dimensions] = words;
  if (namespace === undefined || name === undefined) return [];
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < dimensions.length; i += 2)
    pairs.push([String(dimensions[i]), String(dimensions[i + 1])]);
  const options = metric.find((part) => typeof part === 'object');
  return [found({ where, namespace, name, statistic: options?.stat ?? 'Average' }, pairs)];
}

const found = (
  metric: Omit<FoundMetric, 'dimensions' | 'values'>,
  pairs: readonly [string, string][],
): FoundMetric => ({
  ...metric,
  dimensions: pairs.map(([name]) => name).sort(),
  values: Object.fromEntries(pairs),
});

/** Text with what is known only at deployment as `<Id>`. */
export function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, args]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  if (name === 'Ref') return `<${String(args)}>`;
  if (name === 'Fn::GetAtt') return `<${(args as string[]).join('.')}>`;
  if (name === 'Fn::Join') return (args as [string, unknown[]])[1].map(flat).join('');
  if (name === 'Fn::Select' || name === 'Fn::Split') return `<${JSON.stringify(args).replaceAll('"', '')}>`;
  throw new Error(`can't flatten ${JSON.stringify(value)}`);
}
