import { faultOf } from './known-metrics.js';
import { expressionsOf, metricsOf, type FoundMetric } from './metrics-of.js';
import { STACKS, templateWith } from './stacks.js';

const templates = STACKS.map(([name, props]) => [name, templateWith(props)] as const);

describe.each(templates)('a stack %s', (_, template) => {
  const metrics = metricsOf(template);

  it('looks only at metrics that exist, under the dimensions that they have', () => {
    expect(metrics.length).toBeGreaterThan(80);
    expect(metrics.map(faultOf).filter(Boolean)).toEqual([]);
  });

  it('gives every dimension a value of this stack', () => {
    const values = metrics.flatMap(({ values }) => Object.entries(values));
    const constant = values.filter(
      ([name, value]) => !value.includes('<') && !['Stage', 'service', 'deployment'].includes(name),
    );
    expect(constant).toEqual([]);
  });

  it('names in its expressions only metrics that are there, and divides by none that may be zero', () => {
    const expressions = expressionsOf(template);
    expect(expressions.length).toBeGreaterThanOrEqual(5);
    for (const { expression } of expressions) {
      expect(expression).not.toMatch(/\d[eE][-+]?\d|NaN|Infinity|undefined/);
      for (const [, below] of expression.matchAll(/\/ ([\w(]+)/g))
        expect(below).toMatch(/^(\d+|IF\(+FILL\(*|\(+PERIOD\(?|\(?PERIOD\(?|\(PERIOD)/);
    }
  });
});

describe('the check itself', () => {
  const metric = (namespace: string, name: string, dimensions: string[]): FoundMetric => ({
    where: 'here',
    namespace,
    name,
    dimensions,
    values: {},
    statistic: 'Sum',
  });

  it.each([
    ['a dimension is missing', metric('AWS/DynamoDB', 'ThrottledRequests', ['TableName'])],
    ['there are none', metric('Tally', 'eventsCountedCount', [])],
    ['there is one too many', metric('Tally', 'eventsCountedCount', ['code', 'deployment', 'service'])],
    ['the name is of a REST API', metric('AWS/ApiGateway', '5XXError', ['ApiId', 'Stage'])],
    ['the namespace is misspelt', metric('AWS/FireHose', 'IncomingBytes', ['DeliveryStreamName'])],
  ])('finds where %s', (__, wrong) => {
    expect(faultOf(wrong)).toContain('here: ');
  });
});
