/** The days: which are final, what their audits found, and so whether the counts are right. */
import { pathOf, RefusedError, request } from './api.js';
import { byId, el, emptyState, table } from './dom.js';
import { clock, count, day, plural, sentence } from './format.js';
import { answer } from './pipeline.js';
import { poll } from './poll.js';
import { openReport } from './report.js';

const INTERVAL_MS = 5_000;
const SHOWN_DAYS = 31;

/** @returns `refresh()`: look again now. */
export function startDays() {
  const body = byId('days-body');
  let shownDays = SHOWN_DAYS;
  let drawn = '';
  const refresh = poll(INTERVAL_MS, async () => {
    const days = await readDays();
    showVerdict(days);
    const text = JSON.stringify([days, shownDays]);
    if (text === drawn) return;
    drawn = text;
    body.replaceChildren(...(days.length === 0 ? [NONE()] : listOf(days.slice(0, shownDays))));
    if (days.length > shownDays) {
      const showAll = () => {
        shownDays = Infinity;
        void refresh();
      };
      body.append(
        el(
          'button',
          { type: 'button', class: 'quiet', onclick: showAll },
          `Show all ${count(days.length)} days`,
        ),
      );
    }
  });
  return { refresh };
}

/** The newest first. A server that does not audit knows of no days. */
async function readDays() {
  try {
    const { days } = await request(pathOf('v1/days'));
    return days.reverse();
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return [];
    throw error;
  }
}

const NONE = () =>
  emptyState(
    'No day was audited yet',
    'A day appears here with its first event, closes when no event for it is accepted any more, and is then audited and sealed.',
  );

function listOf(days) {
  const list = table(
    'Days, the newest first',
    [
      {
        title: 'Day',
        cell: ({ day: date }) =>
          el('button', { type: 'button', class: 'link', onclick: () => void openReport(date) }, day(date)),
      },
      {
        title: 'State',
        cell: ({ state, isHeld }) => badge(isHeld ? 'held' : state),
      },
      { title: 'Events', isNumber: true, cell: ({ events }) => known(events) },
      { title: 'Value', isNumber: true, cell: ({ value }) => known(value) },
      {
        title: 'Drift',
        isNumber: true,
        cell: ({ drift }) => (drift ? el('strong', { class: 'bad' }, count(drift)) : known(drift)),
      },
      { title: 'Adjusted', isNumber: true, cell: ({ adjustments }) => known(adjustments) },
      {
        title: 'Digest',
        cell: ({ digest }) => (digest === null ? '–' : el('code', { title: digest }, digest.slice(0, 12))),
      },
      { title: 'Note', cell: noteOf },
    ],
    days,
  );
  return [el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Days' }, list)];
}

const badge = (state) => el('span', { class: 'badge', 'data-state': state }, state);

const known = (number) => (number === null ? '–' : count(number));

function noteOf({ state, closesAt, reason, isArchiveIncomplete }) {
  if (isArchiveIncomplete) return 'The archive lost events; the journals were believed';
  if (reason !== null) return sentence(reason);
  return state === 'open'
    ? `Closes ${day(closesAt.slice(0, 10))}, ${clock(Date.parse(closesAt)).slice(0, 5)}`
    : '';
}

/** The first of the three questions, answered from what audits found. */
function showVerdict(days) {
  answer('right', verdictOf(days));
}

function verdictOf(days) {
  const sealed = days.filter(({ state }) => state === 'sealed');
  const held = days.find(({ isHeld }) => isHeld);
  const wrong = days.find(({ state, drift }) => state === 'closed' && drift !== null && drift > 0);
  const waiting = days.find(({ state, reason }) => state === 'closed' && reason !== null);
  if (held !== undefined)
    return { text: 'An audit needs you', note: `${day(held.day)}: ${held.reason}`, state: 'bad' };
  if (wrong !== undefined)
    return {
      text: 'An audit found drift',
      note: `${day(wrong.day)}: ${plural(wrong.drift, 'counter-hour')} differ; ${wrong.reason ?? 'see the report'}`,
      state: 'bad',
    };
  const note = waiting === undefined ? summaryOf(sealed) : `${day(waiting.day)} waits: ${waiting.reason}`;
  if (sealed.length === 0)
    return { text: 'Not audited yet', note, state: waiting === undefined ? 'none' : 'warn' };
  return {
    text: `Proven to ${day(sealed[0].day)}`,
    note,
    state: waiting === undefined ? 'good' : 'warn',
  };
}

function summaryOf(sealed) {
  if (sealed.length === 0) return 'A day is audited against the archive when it closes';
  const adjusted = sealed.filter(({ adjustments }) => adjustments !== null && adjustments > 0);
  const found = adjusted.length === 0 ? 'no drift' : `${plural(adjusted.length, 'day')} put right`;
  return `${plural(sealed.length, 'day')} audited, ${found}`;
}
