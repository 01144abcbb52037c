/** What a counter's panel is made of, top to bottom. */
import { makeChart } from './chart.js';
import { el } from './dom.js';
import { TopSubjects } from './top-subjects.js';

/**
 * @param options `granularities`: `{name}` by ISO duration; `onChange({subject} or {by})`; `onCursor(index | null)`;
 * `onTable()`: the table was opened or closed.
 * @returns the parts that change, by name, and `elements`: all of them, in order.
 */
export function makeCounterParts({ granularities, onChange, onCursor, onTable }) {
  const { form, subjectBox } = subjectForm((subject) => onChange({ subject }));
  const tabs = Object.entries(granularities).map(([by, { name }]) =>
    el('button', { type: 'button', 'data-by': by, onclick: () => onChange({ by }) }, name),
  );
  const parts = {
    subjectBox,
    tabs,
    title: el('h3'),
    total: el('p', { class: 'total' }, '–'),
    events: el('p', { class: 'note' }),
    statuses: el('p', { class: 'statuses' }),
    readout: el('p', { class: 'readout' }),
    chartBox: el('div', { class: 'chart', role: 'img' }),
    trouble: el('p', { class: 'trouble', role: 'status' }),
    rows: el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Figures of the chart' }),
    top: new TopSubjects((subject) => onChange({ subject })),
  };
  const details = el('details', { ontoggle: onTable }, el('summary', {}, 'As a table'), parts.rows);
  const sum = el('div', {}, parts.total, parts.events);
  const granularity = el('div', { class: 'tabs', role: 'group', 'aria-label': 'Granularity' }, tabs);
  const elements = [
    el('div', { class: 'head' }, parts.title, form),
    el('div', { class: 'sum' }, sum, granularity),
    parts.trouble,
    el('div', { class: 'head small' }, parts.readout, parts.statuses),
    parts.chartBox,
    details,
    parts.top.element,
  ];
  const chart = makeChart(parts.chartBox, {
    height: 220,
    series: [
      { label: 'value', colour: '--accent', isFilled: true },
      { label: 'adjusted', colour: '--warn', isPoints: true },
    ],
    onCursor,
  });
  return { ...parts, details, chart, elements };
}

function subjectForm(onSubject) {
  const subjectBox = el('input', {
    id: 'subject',
    type: 'search',
    placeholder: 'all subjects',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const onsubmit = (event) => {
    event.preventDefault();
    onSubject(subjectBox.value.trim());
  };
  const form = el(
    'form',
    { class: 'inline', onsubmit },
    el('label', { for: 'subject' }, 'Subject'),
    subjectBox,
    el('button', { type: 'submit', class: 'quiet' }, 'Look'),
  );
  return { form, subjectBox };
}
