/** The days: which are final, what their audits found, and so whether the counts are right. */
import { pathOf, RefusedError, request } from './api.js';
import { byId, el, emptyState, table } from './dom.js';
import { clock, count, day, plural } from './format.js';
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
      { title: 'State', cell: ({ state }) => el('span', { class: 'badge', 'data-state': state }, state) },
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

const known = (number) => (number === null ? '–' : count(number));

function noteOf({ state, closesAt, reason, isArchiveIncomplete }) {
  if (isArchiveIncomplete) return 'The archive lost events; the journals were believed';
  if (reason !== null) return reason;
  return state === 'open'
    ? `Closes ${day(closesAt.slice(0, 10))}, ${clock(Date.parse(closesAt)).slice(0, 5)}`
    : '';
}

/** The first of the three questions, answered from what audits found. */
function showVerdict(days) {
  const sealed = days.filter(({ state }) => state === 'sealed');
  const wrong = days.filter(({ state, drift }) => state === 'closed' && drift !== null && drift > 0);
  const adjusted = sealed.filter(({ adjustments }) => adjustments !== null && adjustments > 0);
  const waiting = days.find(({ state, reason }) => state === 'closed' && reason !== null);
  if (wrong.length > 0) {
    const note = `${day(wrong[0].day)}: ${plural(wrong[0].drift, 'counter-hour')} differ; ${wrong[0].reason ?? 'see the report'}`;
    answer('right', { text: 'An audit found drift', note, state: 'bad' });
  } else if (sealed.length > 0) {
    const found = adjusted.length === 0 ? 'no drift' : `${plural(adjusted.length, 'day')} put right`;
    const note =
      waiting === undefined
        ? `${plural(sealed.length, 'day')} audited, ${found}`
        : `${day(waiting.day)} waits: ${waiting.reason}`;
    answer('right', {
      text: `Proven to ${day(sealed[0].day)}`,
      note,
      state: waiting === undefined ? 'good' : 'warn',
    });
  } else {
    const note =
      waiting === undefined
        ? 'A day is audited against the archive when it closes'
        : `${day(waiting.day)} waits: ${waiting.reason}`;
    answer('right', { text: 'Not audited yet', note, state: waiting === undefined ? 'none' : 'warn' });
  }
}
