/** What an audit found of one day, in a dialogue. */
import { request } from './api.js';
import { byId, el, emptyState, table } from './dom.js';
import { clock, count, day, plural, sentence, words } from './format.js';

const SHOWN_DRIFT_ROWS = 50;

/** Read and show a day's newest report. */
export async function openReport(date) {
  const dialog = byId('report');
  dialog.replaceChildren(...headOf(dialog, date), el('p', { class: 'note' }, 'Reading the report …'));
  dialog.showModal();
  try {
    const answer = await request(`v1/days/${date}`);
    dialog.replaceChildren(
      ...headOf(dialog, date, answer.isHeld ? 'held' : answer.state),
      ...(answer.report === null ? [NO_REPORT()] : bodyOf(answer)),
    );
  } catch (error) {
    dialog.replaceChildren(
      ...headOf(dialog, date),
      emptyState('The report cannot be read', `${error.message}. Close, and try again.`),
    );
  }
  dialog.querySelector('button').focus();
}

const headOf = (dialog, date, state) => [
  el(
    'div',
    { class: 'head' },
    el(
      'h2',
      { id: 'report-title' },
      day(date),
      state === undefined ? null : el('span', { class: 'badge', 'data-state': state }, state),
    ),
    el('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Close'),
  ),
];

const NO_REPORT = () =>
  emptyState(
    'No audit has finished for this day',
    'It is audited when it has closed; until then its counts are live.',
  );

function bodyOf({ report, digest, act }) {
  return [
    el('p', { class: 'note' }, outcomeOf(report)),
    ...(report.outcome === 'held' ? [decisionOf(report)] : []),
    witnesses(report),
    facts([
      ['Drift', plural(report.driftCount, 'counter-hour')],
      ['Adjusted', plural(report.adjustedCounterHourCount, 'counter-hour')],
      ['Incomplete chunks', count(report.incompleteChunkCount)],
      [
        'Chunks without a receipt',
        `${count(report.unwitnessedChunkCount)} (${count(report.failedReceiptCount)} receipts failed)`,
      ],
      ...Object.entries(report.findings).map(([verdict, number]) => [
        sentence(words(verdict)),
        count(number),
      ]),
      ...(act === null ? [] : [['Act', `number ${count(act)} of the chain`]]),
      ...(digest === null ? [] : [['Digest', el('code', {}, digest)]]),
    ]),
    ...driftOf(report),
  ];
}

function outcomeOf({ outcome, reason, runNumber, auditedAtMs }) {
  const when = `${day(new Date(auditedAtMs).toISOString().slice(0, 10))}, ${clock(auditedAtMs)}`;
  return `Audit run ${runNumber}, ${when}: ${outcome}${reason === undefined ? '' : `, ${reason}`}.`;
}

/** What a person has to do now. */
const decisionOf = ({ day: date }) =>
  el(
    'p',
    { class: 'decision' },
    'The audit may not decide this by itself. Find out which witness is right, then seal the day: ',
    el('code', {}, `tally seal --day ${date} --trust archive`),
    ' or ',
    el('code', {}, '--trust journal'),
    '.',
  );

/** The three that must agree. */
function witnesses({ archived, journaled, counted }) {
  const rows = [
    ['Archive', archived],
    ['Journals', journaled],
    ['Counters', counted],
  ].filter(([, sum]) => sum !== undefined);
  if (rows.length === 0) return '';
  const witnessTable = table(
    'What archive, journals and counters say',
    [
      { title: 'Witness', cell: ([name]) => name },
      { title: 'Value', isNumber: true, cell: ([, sum]) => count(sum.value) },
      { title: 'Events', isNumber: true, cell: ([, sum]) => count(sum.events) },
    ],
    rows,
  );
  const note = 'Sums over all counters: an event with a subject is in two, its type’s and its subject’s.';
  return el('div', {}, witnessTable, el('p', { class: 'note below' }, note));
}

const facts = (rows) =>
  el(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );

function driftOf({ drift }) {
  if (drift.length === 0) return [];
  const shown = drift.slice(0, SHOWN_DRIFT_ROWS);
  return [
    el(
      'h3',
      {},
      drift.length > shown.length ? `What differs: the first ${count(shown.length)}` : 'What differs',
    ),
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'What differs' },
      table(
        'Counter-hours that differ',
        [
          { title: 'Counter', cell: ({ counter }) => counter },
          { title: 'Hour', cell: ({ hour }) => `${hour.slice(-2)}:00` },
          { title: 'Archive', isNumber: true, cell: ({ archived }) => count(archived.value) },
          { title: 'Journals', isNumber: true, cell: ({ journaled }) => count(journaled.value) },
          { title: 'Counted', isNumber: true, cell: ({ counted }) => count(counted.value) },
          { title: 'Should be', isNumber: true, cell: shouldBe },
          { title: 'Why', cell: ({ verdicts }) => sentence(verdicts.map(words).join(', ')) },
        ],
        shown,
      ),
    ),
  ];
}

/** Where the audit would change nothing, it did not find out what is right: somebody has to. */
const shouldBe = ({ counted, target }) =>
  counted.value === target.value && counted.events === target.events ? 'undecided' : count(target.value);
