import {
  Color,
  GraphWidget,
  SingleValueWidget,
  TextWidget,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';

const FULL_WIDTH = 24;
const GRAPH_HEIGHT = 6;
const NUMBER_HEIGHT = 4;

export interface Graph {
  readonly title: string;
  readonly metrics: readonly IMetric[];
  /** Drawn as a line: where an alarm rings. */
  readonly limit?: { readonly value: number; readonly label: string };
}

/** One row: what it is about, and its graphs side by side. */
export function stageRow(title: string, graphs: readonly Graph[]): readonly IWidget[][] {
  const width = Math.floor(FULL_WIDTH / graphs.length);
  return [[heading(`## ${title}`)], graphs.map((graph) => graphWidget(graph, width))];
}

export const heading = (markdown: string): TextWidget =>
  new TextWidget({ markdown, width: FULL_WIDTH, height: 1 });

export const graphWidget = (
  { title, metrics, limit }: Graph,
  width: number,
  height = GRAPH_HEIGHT,
): GraphWidget =>
  new GraphWidget({
    title,
    width,
    height,
    left: [...metrics],
    leftYAxis: { min: 0, showUnits: false },
    leftAnnotations: limit && [{ ...limit, color: Color.RED }],
  });

export const numbers = (title: string, metrics: readonly IMetric[], width: number): SingleValueWidget =>
  new SingleValueWidget({
    title,
    metrics: [...metrics],
    width,
    height: NUMBER_HEIGHT,
    sparkline: true,
  });
