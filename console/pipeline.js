/** The pipeline now: rates from the difference of two looks at the server, and whether there is a server at all. */
import { noteServerTime, RefusedError, request } from './api.js';
import { makeChart } from './chart.js';
import { byId, el, emptyState, setText } from './dom.js';
import { bytes, clock, count, day, duration, plural, rate, words } from './format.js';
import { poll, slowDown } from './poll.js';

const INTERVAL_MS = 1_000;
const HISTORY_MS = 5 * 60_000;
/** Rates in figures are over this long: a second alone would flicker. */
const RATE_WINDOW_MS = 5_000;
/** Behind by less than this is not behind to a person; by more than the other, it is worth a colour. */
const LAG_MS_NONE = 100;
const LAG_MS_WORTH_NOTE = 10_000;
/** On AWS counting gathers for some seconds, and an idle stack is heard of once a minute; alarms ring from here, too. */
const LAG_MS_WORTH_NOTE_ON_AWS = 300_000;
const SLOWNESS_ON_AWS = 5;

/** @param onSealed called when another day was sealed. */
export function startPipeline({ onSealed }) {
  const connection = new Connection();
  let show = showerOfRates();
  let read = () => request('v1/stats');
  let sealedThrough;
  const look = async () => {
    const now = await read();
    noteServerTime(now);
    connection.isUp();
    show(now);
    if (sealedThrough !== undefined && sealedThrough !== now.sealedThrough) onSealed();
    sealedThrough = now.sealedThrough;
  };
  poll(INTERVAL_MS, async () => {
    try {
      await look();
    } catch (error) {
      if (!isWithoutStats(error)) return connection.isDown(error);
      read = () => request('v1/health');
      show = showHealth;
      hideRates();
      slowDown(SLOWNESS_ON_AWS);
      await look().catch((other) => connection.isDown(other));
    }
  });
}

/** Nothing measures rates from one second to the next on AWS; `GET /v1/health` answers there, too. */
const isWithoutStats = (error) => error instanceof RefusedError && error.status === 404;

function showerOfRates() {
  const history = [];
  const chart = rateChart(history);
  return (stats) => {
    remember(history, stats);
    chart.setData(chartData(history));
    showFigures(stats, history);
  };
}

function hideRates() {
  byId('pipeline-key').hidden = true;
  byId('much-answer').parentElement.hidden = true;
  byId('rates').replaceChildren(
    emptyState(
      'Rates and cost are on the CloudWatch dashboard',
      'Nothing measures them from one second to the next here. The stack’s output Dashboard is the link.',
    ),
  );
}

function showHealth({ asOf, lagMs, sealedThrough }) {
  answer('fresh', {
    text: `${duration(lagMs)} behind`,
    note: 'Everything accepted before that is counted',
    state: lagMs > LAG_MS_WORTH_NOTE_ON_AWS ? 'warn' : 'good',
  });
  showList(byId('pipeline-figures'), [
    ['Counted up to', '', clock(Date.parse(asOf))],
    ['Behind', '', duration(lagMs)],
    ['Sealed through', '', sealedThrough === null ? 'no day yet' : day(sealedThrough)],
  ]);
}

/** Says whether what the page shows is of now. */
class Connection {
  #pill = byId('connection');
  #downSinceMs = null;

  isUp() {
    this.#downSinceMs = null;
    this.#say('up', 'Live');
  }

  /** What was shown stays: it is old, and the page says since when. */
  isDown(error) {
    if (error instanceof RefusedError && error.status === 401) return this.#say('waiting', 'Needs a key');
    if (error instanceof RefusedError) return this.#say('down', `Refused: ${error.message}`);
    this.#downSinceMs ??= Date.now();
    // What was true when it was last seen is no claim about now.
    answer('fresh', {
      text: 'Not known',
      note: `Nothing was heard since ${clock(this.#downSinceMs)}`,
      state: 'bad',
    });
    this.#say('down', `Server unreachable since ${clock(this.#downSinceMs)}, showing what was last seen`);
  }

  #say(state, text) {
    this.#pill.dataset.state = state;
    document.documentElement.dataset.connection = state;
    setText(this.#pill, text);
  }
}

function remember(history, { startedAt, events }) {
  const atMs = Date.now();
  const last = history.at(-1);
  const isSameServer = last?.startedAt === startedAt;
  const perSecond = (now, before) => ((now - before) * 1000) / Math.max(atMs - last.atMs, 1);
  const rejected = Object.values(events.rejected).reduce((sum, value) => sum + value, 0);
  const { accepted, counted, duplicate } = events;
  history.push({
    atMs,
    startedAt,
    totals: { accepted, counted, duplicate, rejected },
    // Across a restart, or a while without looking, there is no rate: a gap in the line, not a zero.
    accepted: isSameServer ? perSecond(accepted, last.totals.accepted) : null,
    counted: isSameServer ? perSecond(counted, last.totals.counted) : null,
  });
  while (history[0].atMs < atMs - HISTORY_MS) history.shift();
}

const chartData = (history) => [
  history.map(({ atMs }) => atMs / 1000),
  history.map(({ accepted }) => accepted),
  history.map(({ counted }) => counted),
];

function rateChart(history) {
  const readout = byId('rate-readout');
  return makeChart(byId('rate-chart'), {
    height: 190,
    spanSeconds: HISTORY_MS / 1000,
    series: [
      { label: 'accepted', colour: '--accent', isFilled: true },
      { label: 'counted', colour: '--second' },
    ],
    onCursor: (index) => {
      const point = index === null ? undefined : history[index];
      if (point?.accepted === null || point === undefined) return setText(readout, 'Last five minutes');
      const { atMs, accepted, counted } = point;
      setText(readout, `${clock(atMs)}: ${rate(accepted)} accepted, ${rate(counted)} counted per second`);
    },
  });
}

/** Rates over the newest looks at this same server. */
function ratesOf(history) {
  const last = history.at(-1);
  const first = history.find(
    ({ atMs, startedAt }) => atMs >= last.atMs - RATE_WINDOW_MS && startedAt === last.startedAt,
  );
  const seconds = (last.atMs - first.atMs) / 1000;
  const rateOf = (name) => (seconds === 0 ? 0 : (last.totals[name] - first.totals[name]) / seconds);
  return {
    accepted: rateOf('accepted'),
    counted: rateOf('counted'),
    duplicate: rateOf('duplicate'),
    rejected: rateOf('rejected'),
  };
}

function showFigures(stats, history) {
  const { events, lagMs, backlog, readers, startedAt } = stats;
  const rates = ratesOf(history);
  const { totals } = history.at(-1);
  const failing = Object.keys(readers).filter((name) => readers[name] === 'failing');
  answer('fresh', {
    text: lagMs < LAG_MS_NONE ? 'Up to date' : `${duration(lagMs)} behind`,
    note: freshNote(stats, failing),
    state:
      failing.length > 0 || stats.status === 'full' ? 'bad' : lagMs > LAG_MS_WORTH_NOTE ? 'warn' : 'good',
  });
  answer('much', {
    text: `${rate(rates.accepted)} events/s`,
    note: `${count(totals.accepted)} accepted since the server started, ${clock(Date.parse(startedAt))}`,
    state: 'good',
  });
  const figures = [
    ['Accepted', rate(rates.accepted), count(totals.accepted)],
    ['Counted', rate(rates.counted), count(totals.counted)],
    ['Duplicates', rate(rates.duplicate), count(totals.duplicate)],
    ['Rejected', rate(rates.rejected), count(totals.rejected)],
    ...Object.entries(events.rejected).map(([code, total]) => [words(code), '', count(total), 'reason']),
    ['Backlog', bytes(backlog.bytes), plural(backlog.chunks, 'chunk')],
  ];
  showList(byId('pipeline-figures'), figures);
}

function freshNote({ status, backlog, lagMs }, failing) {
  if (status === 'full') return 'The backlog is full: events are refused until counting catches up';
  if (failing.length > 0)
    return `The ${failing.join(' and ')} reader fails and is tried again; see the server's log`;
  if (backlog.chunks === 0) return 'Counted and archived: nothing waits';
  const waiting = plural(backlog.chunks, 'chunk');
  return lagMs < LAG_MS_NONE ? `Counted; ${waiting} to archive` : `${waiting} to count or archive`;
}

/** One of the three questions. */
export function answer(name, { text, note, state }) {
  setText(byId(`${name}-answer`), text);
  setText(byId(`${name}-note`), note);
  byId(`${name}-answer`).parentElement.dataset.state = state;
}

/** Rows of a name, a rate and a sum; rebuilt only when there is another row, so that a reader is not thrown out. */
function showList(list, rows) {
  if (list.children.length !== rows.length) {
    list.replaceChildren(
      ...rows.map(([, , , kind = '']) =>
        el('div', { class: kind }, el('dt'), el('dd', { class: 'rate' }), el('dd', { class: 'sum' })),
      ),
    );
  }
  rows.forEach((row, index) => {
    const [name, ...figures] = list.children[index].children;
    setText(name, row[0]);
    figures.forEach((figure, place) => setText(figure, row[place + 1]));
  });
}
