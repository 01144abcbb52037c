/** Line charts by uPlot (a global: its script comes before ours). Colours follow the theme; times are UTC. */
import { el } from './dom.js';
import { clock, compact, minute } from './format.js';

const { uPlot } = window;
const charts = new Set();

/**
 * A chart that fills its container's width.
 *
 * @param options `series`: `{label, colour, isFilled?, isPoints?}` each, the colour a CSS variable; `height` in
 * pixels; `spanSeconds`: always show so much time, up to the newest point; `onCursor(index | null)`: the pointer is over this point.
 * @returns `{setData([seconds, values, …])}`
 */
export function makeChart(container, { series, height, spanSeconds, onCursor = () => {} }) {
  const chart = new uPlot(
    {
      width: container.clientWidth || 300,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: {
        ...(spanSeconds === undefined ? {} : { x: { range: (_, min, max) => [max - spanSeconds, max] } }),
        y: { range: (_, min, max) => [Math.min(0, min), Math.max(max * 1.08, LEAST_Y)] },
      },
      axes: [
        axis({ size: 28, space: 80, incrs: X_STEPS_SECONDS, values: timesOf }),
        axis({ size: 46, space: 36, incrs: Y_STEPS, values: (_, ticks) => ticks.map(compact) }),
      ],
      series: [{}, ...series.map(lineOf)],
      hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
    },
    [[], ...series.map(() => [])],
    container,
  );
  charts.add(chart);
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width > 0 && width !== chart.width) chart.setSize({ width, height });
  }).observe(container);
  return { setData: (data) => chart.setData(data) };
}

/** The theme changed: canvases do not notice by themselves. */
export function redrawCharts() {
  for (const chart of charts) chart.redraw(false);
}

/** An axis of nothing still has room for a one. */
const LEAST_Y = 4;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const X_STEPS_SECONDS = [
  ...[15, 30, MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY],
];
/** Events are whole. */
const Y_STEPS = Array.from({ length: 15 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

/** `09:15`, with seconds where ticks are closer than a minute; days where they are days apart. */
function timesOf(_chart, ticks, _axis, _space, step) {
  return ticks.map((seconds) => {
    const text = minute(seconds * 1000);
    if (step >= DAY || seconds % DAY === 0) return text.split(',')[0];
    return step < MINUTE ? clock(seconds * 1000) : text.slice(-5);
  });
}

const FONT = '12px ui-sans-serif, system-ui, sans-serif';

const axis = (options) => ({
  stroke: () => colourOf('--muted'),
  font: FONT,
  grid: { stroke: () => colourOf('--line'), width: 1 },
  ticks: { show: false },
  gap: 6,
  ...options,
});

const lineOf = ({ label, colour, isFilled = false, isPoints = false }) => ({
  label,
  stroke: () => colourOf(colour),
  width: isPoints ? 0 : 1.75,
  fill: isFilled ? () => colourOf(`${colour}-soft`) : undefined,
  points: { show: isPoints, size: 8, fill: () => colourOf(colour) },
});

const probe = el('span', { hidden: true });

/** What a CSS colour variable comes to in the theme of the moment. */
function colourOf(variable) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
}
