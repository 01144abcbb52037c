/** One counter: its total, its line by minute, hour or day, and where its figures come from. */
import { pathOf, RefusedError, request, serverNowMs } from './api.js';
import { makeCounterParts } from './counter-parts.js';
import { el, emptyState, setText, table } from './dom.js';
import { count, day, minute, plural } from './format.js';
import { poll } from './poll.js';

const INTERVAL_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const GRANULARITIES = {
  PT1M: { name: 'Minute', unitMs: MINUTE_MS, units: 120, range: 'the last 2 hours', label: minute },
  PT1H: { name: 'Hour', unitMs: HOUR_MS, units: 7 * 24, range: 'the last 7 days', label: minute },
  P1D: {
    name: 'Day',
    unitMs: DAY_MS,
    units: 90,
    range: 'the last 90 days',
    label: (ms) => day(new Date(ms).toISOString().slice(0, 10)),
  },
};

const STATUS_MEANS = {
  live: 'counted, and not audited yet',
  sealed: 'audited, and final',
  adjusted: 'put right by the audit',
};

export class Counter {
  /** Another subject or granularity is wanted. */
  onChange = () => {};
  #root;
  #parts = null;
  #view = { type: '', subject: '', by: 'PT1M' };
  /** Of the chart, each `{atMs, value, events, status}`; a null status: nothing happened. */
  #points = [];
  /** The point under the pointer. */
  #hovered = null;

  constructor(root) {
    this.#root = root;
    this.refresh = poll(INTERVAL_MS, () => this.#read());
  }

  /** Look at a counter: `{type, subject, by}`; an empty type is none. */
  look({ type, subject, by }) {
    const view = { type, subject, by: by in GRANULARITIES ? by : 'PT1M' };
    const isSame = JSON.stringify(view) === JSON.stringify(this.#view);
    if (isSame && this.#root.hasChildNodes()) return;
    this.#view = view;
    if (type === '') return this.#showNone();
    this.#parts ??= this.#build();
    const { title, subjectBox, tabs } = this.#parts;
    setText(title, subject === '' ? type : `${type} · ${subject}`);
    subjectBox.value = subject;
    for (const tab of tabs) tab.setAttribute('aria-pressed', String(tab.dataset.by === view.by));
    // Figures of another counter must not stand under this one's name.
    this.#points = [];
    setText(this.#parts.total, '–');
    setText(this.#parts.events, '');
    void this.refresh();
  }

  #showNone() {
    this.#parts = null;
    this.#root.replaceChildren(
      emptyState('No counter yet', 'Its total and its line stand here as soon as there is one.'),
    );
  }

  #build() {
    const parts = makeCounterParts({
      granularities: GRANULARITIES,
      onChange: (change) => this.onChange({ ...this.#view, ...change }),
      onCursor: (index) => {
        this.#hovered = index;
        this.#showReadout();
      },
      onTable: () => this.#showRows(),
    });
    this.#root.replaceChildren(...parts.elements);
    return parts;
  }

  async #read() {
    const view = this.#view;
    if (view.type === '') return;
    const { unitMs, units } = GRANULARITIES[view.by];
    const path = `v1/counters/${encodeURIComponent(view.type)}`;
    const fromMs = Math.floor(serverNowMs() / unitMs) * unitMs - (units - 1) * unitMs;
    const from = new Date(fromMs).toISOString();
    try {
      const { subject, by: granularity } = view;
      // In this order: a part that was read later would at times be more than the whole.
      const range = await request(pathOf(path, { subject, from, granularity, limit: units + 1 }));
      const all = await request(pathOf(path, { subject }));
      // Somebody looked elsewhere while this was under way: what was asked first must not be shown last.
      if (view !== this.#view) return void setTimeout(this.refresh);
      this.#show(all, filled(range.rows, { fromMs, unitMs, units }));
      await this.#parts.top.show(view.type, all.sealedThrough);
    } catch (error) {
      // Unreachable is said at the top of the page, and what is shown stays.
      if (error instanceof RefusedError) setText(this.#parts.trouble, `${error.code}: ${error.message}`);
    }
  }

  #show(all, points) {
    const { total, events, trouble, chart } = this.#parts;
    this.#points = points;
    setText(total, count(all.value));
    const inRange = points.reduce((sum, { value }) => sum + value, 0);
    setText(
      events,
      `in ${plural(all.events, 'event')}; ${count(inRange)} in ${GRANULARITIES[this.#view.by].range}`,
    );
    setText(trouble, '');
    chart.setData([
      points.map(({ atMs }) => atMs / 1000),
      points.map(({ value }) => value),
      points.map(({ value, status }) => (status === 'adjusted' ? value : null)),
    ]);
    this.#showStatuses(points);
    this.#showReadout();
    this.#showRows();
  }

  #showStatuses(points) {
    const seen = ['live', 'sealed', 'adjusted'].filter((status) =>
      points.some((point) => point.status === status),
    );
    const { statuses } = this.#parts;
    if (statuses.dataset.seen === seen.join()) return;
    statuses.dataset.seen = seen.join();
    statuses.replaceChildren(
      ...seen.map((status) =>
        el('span', { class: 'badge', 'data-state': status, title: STATUS_MEANS[status] }, status),
      ),
    );
  }

  #showReadout() {
    const { readout, chartBox } = this.#parts ?? {};
    const { name, label, range } = GRANULARITIES[this.#view.by];
    const points = this.#points;
    if (readout === undefined) return;
    const highest = points.reduce(
      (best, point) => (point.value > (best?.value ?? 0) ? point : best),
      undefined,
    );
    const summary = `By ${name.toLowerCase()}, ${range}${highest === undefined ? ': nothing yet' : `; highest ${count(highest.value)}, ${label(highest.atMs)}`}`;
    const point = this.#hovered === null ? undefined : points[this.#hovered];
    setText(
      readout,
      point === undefined
        ? summary
        : `${label(point.atMs)}: ${count(point.value)} in ${plural(point.events, 'event')}${point.status === null ? '' : `, ${point.status}`}`,
    );
    chartBox.setAttribute('aria-label', `Line chart of ${this.#view.type}. ${summary}`);
  }

  /** Only while somebody looks at it: a table of 168 rows a second is work. */
  #showRows() {
    const { details, rows } = this.#parts;
    const seen = this.#points.filter(({ status }) => status !== null).reverse();
    const drawn = JSON.stringify([this.#view, seen]);
    if (!details.open || rows.dataset.drawn === drawn) return;
    rows.dataset.drawn = drawn;
    const { name, label } = GRANULARITIES[this.#view.by];
    rows.replaceChildren(
      seen.length === 0
        ? emptyState('Nothing in this range', 'Choose a longer one above.')
        : table(
            'Figures of the chart, the newest first',
            [
              { title: name, cell: ({ atMs }) => label(atMs) },
              { title: 'Value', isNumber: true, cell: ({ value }) => count(value) },
              { title: 'Events', isNumber: true, cell: ({ events }) => count(events) },
              {
                title: 'Status',
                cell: ({ status }) => el('span', { class: 'badge', 'data-state': status }, status),
              },
            ],
            seen,
          ),
    );
  }
}

/** A point for every unit: the server leaves out those in which nothing happened, and a line must not skip them. */
function filled(rows, { fromMs, unitMs, units }) {
  const rowByMs = new Map(rows.map((row) => [Date.parse(row.from), row]));
  return Array.from({ length: units }, (_, index) => {
    const atMs = fromMs + index * unitMs;
    const { value = 0, events = 0, status = null } = rowByMs.get(atMs) ?? {};
    return { atMs, value, events, status };
  });
}
