import type { PowertoolsMetrics } from '../../../adapters/aws/powertools-metrics.js';
import { BATCH_METRICS_BYTES, INGEST_METRICS_BYTES } from '../../../core/cost/watch-use.js';
import { ENV } from '../../../core/env-names.js';
import { GAUGES, METRICS, METRIC_NAMESPACE } from '../../../core/metric-names.js';
import { resourcesOf } from '../synthesised.js';
import { flat, metricsOf } from './metrics-of.js';
import { templateWith } from './stacks.js';

interface EmfLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

const DEPLOYMENT = 'Stack/Tally';

/** What the Lambdas' own wiring writes to the log. */
async function linesOf(act: (metrics: PowertoolsMetrics) => void): Promise<EmfLine[]> {
  process.env[ENV.deployment] = DEPLOYMENT;
  // To `console`, which can be listened to; by itself that would also turn metrics off.
  process.env['POWERTOOLS_DEV'] = 'true';
  process.env['POWERTOOLS_METRICS_DISABLED'] = 'false';
  const { observe } = await import('../../../lambdas/observability.js');
  const lines: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const { metrics } = observe('ingest');
  act(metrics);
  metrics.flush();
  log.mockRestore();
  return lines.map((line) => JSON.parse(line) as EmfLine);
}

const template = templateWith();

describe('what Lambdas write and what the stack reads', () => {
  it('agree in namespace and dimensions', async () => {
    const [line] = await linesOf((metrics) => metrics.add(METRICS.eventsAccepted, 3));
    const [written] = line?._aws.CloudWatchMetrics ?? [];
    const read = metricsOf(template).find(({ name }) => name === METRICS.eventsAccepted);
    expect(written?.Namespace).toBe(METRIC_NAMESPACE);
    expect(read?.namespace).toBe(METRIC_NAMESPACE);
    expect(written?.Dimensions.map((set) => [...set].sort())).toEqual([read?.dimensions]);
    expect(line).toMatchObject({
      service: read?.values['service'],
      deployment: DEPLOYMENT,
      eventsAcceptedCount: 3,
    });
  });

  it('are lines no longer than the cost model reckons with', async () => {
    const [ofRequest] = await linesOf((metrics) => metrics.add(METRICS.eventsAccepted, 5_000));
    expect(JSON.stringify(ofRequest).length).toBeLessThanOrEqual(INGEST_METRICS_BYTES);
    const [ofBatch] = await linesOf((metrics) => {
      metrics.add(METRICS.eventsCounted, 150_000);
      metrics.add(METRICS.eventsDuplicate, 1_000);
      metrics.add(METRICS.entriesAppended, 100);
      metrics.observeMs(GAUGES.freshness, 60_000);
    });
    expect(JSON.stringify(ofBatch).length).toBeLessThanOrEqual(BATCH_METRICS_BYTES);
  });

  it('agree in the name of the deployment, which functions are told and dashboards ask for', () => {
    const told = Object.values(resourcesOf(template))
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties['Environment'] as { Variables: Record<string, unknown> })
      .map(({ Variables }) => flat(Variables[ENV.deployment]));
    const asked = metricsOf(template)
      .filter(({ namespace }) => namespace === METRIC_NAMESPACE)
      .map(({ values }) => values['deployment']);
    expect([...new Set([...told, ...asked])]).toEqual(['<AWS::StackName>/Tally']);
  });

  it('keep the sum of a labelled metric, which no alarm could add up', async () => {
    const lines = await linesOf((metrics) => {
      metrics.add(METRICS.eventsRejected, 2, { code: 'time_missing' });
      metrics.add(METRICS.eventsRejected, 5, { code: 'id_missing' });
    });
    const sets = lines.map(({ _aws }) => _aws.CloudWatchMetrics[0]?.Dimensions);
    expect(sets).toEqual([
      [['service', 'deployment', 'code']],
      [['service', 'deployment', 'code']],
      [['service', 'deployment']],
    ]);
    expect(lines.at(-1)?.[METRICS.eventsRejected]).toEqual([2, 5]);
  });

  it('keep each observation, in milliseconds', async () => {
    const [line] = await linesOf((metrics) => {
      metrics.observeMs(GAUGES.freshness, 1_500);
      metrics.observeMs(GAUGES.freshness, 700);
    });
    expect(line?._aws.CloudWatchMetrics[0]?.Metrics).toEqual([{ Name: 'freshnessMs', Unit: 'Milliseconds' }]);
    expect(line?.[GAUGES.freshness]).toEqual([1_500, 700]);
  });
});
