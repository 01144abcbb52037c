/** The counters: every type there is, found by a part of its name, and the one that is looked at. */
import { pathOf, request } from './api.js';
import { Counter } from './counter.js';
import { byId, el, emptyState, setText } from './dom.js';
import { count, plural } from './format.js';
import { poll } from './poll.js';

const PAGE_TYPES = 10_000;
/** A list of one page costs little to read again; many pages are read less often. */
const INTERVAL_MS = 3_000;
const LONG_INTERVAL_MS = 60_000;
/** How many matches are drawn at once: the page stays quick with any number of types. */
const SHOWN_TYPES = 100;

/** @returns `refresh()`: look again now; `select(type, subject)`: look at this counter. */
export function startCounters() {
  const counter = new Counter(byId('counter'));
  const list = new TypeList((type) => select(type));
  let readAtMs = 0;
  let isLong = false;

  function show() {
    const view = viewOfAddress();
    list.choose(view.type);
    counter.look(view);
  }
  function go(view) {
    history.pushState(null, '', addressOf(view));
    show();
  }
  const select = (type, subject = '') => go({ ...viewOfAddress(), type, subject });
  counter.onChange = go;
  window.addEventListener('popstate', show);
  show();

  const refreshTypes = poll(INTERVAL_MS, async () => {
    if (isLong && Date.now() - readAtMs < LONG_INTERVAL_MS) return;
    const types = await readTypes();
    readAtMs = Date.now();
    isLong = types.length >= PAGE_TYPES;
    list.setTypes(types);
    // The first look shows something: nobody should have to choose to see that it counts.
    const isNothingChosen = viewOfAddress().type === '';
    if (isNothingChosen && types.length > 0)
      history.replaceState(null, '', addressOf({ type: types[0].type }));
    show();
  });
  return {
    select,
    refresh: () => Promise.all([refreshTypes(), counter.refresh()]),
  };
}

async function readTypes() {
  const types = [];
  let cursor;
  do {
    const page = await request(pathOf('v1/counters', { limit: PAGE_TYPES, cursor }));
    types.push(...page.types);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return types;
}

/** What is looked at lives in the address, so that it survives a reload and can be sent to somebody. */
function viewOfAddress() {
  const given = new URLSearchParams(location.search);
  return {
    type: given.get('type') ?? '',
    subject: given.get('subject') ?? '',
    by: given.get('by') ?? 'PT1M',
  };
}

function addressOf({ type, subject = '', by = 'PT1M' }) {
  const query = new URLSearchParams({ type, ...(subject === '' ? {} : { subject }), by });
  return `?${query}${location.hash}`;
}

class TypeList {
  #search = byId('search');
  #list = byId('types');
  #more = byId('more-types');
  #types = [];
  #chosen = '';
  #shown = SHOWN_TYPES;
  /** What was drawn last, to draw only what differs: focus stays where it is. */
  #drawn = '';

  constructor(onSelect) {
    this.#search.oninput = () => {
      this.#shown = SHOWN_TYPES;
      this.#draw();
    };
    this.#more.onclick = () => {
      this.#shown += SHOWN_TYPES;
      this.#draw();
    };
    this.#list.onclick = ({ target }) => {
      const button = target.closest('button');
      if (button !== null) onSelect(button.dataset.type);
    };
    setText(byId('types-note'), 'Reading the types …');
  }

  setTypes(types) {
    this.#types = types.map((entry) => ({
      ...entry,
      haystack: `${entry.type} ${entry.displayName ?? ''}`.toLowerCase(),
    }));
    setText(byId('types-note'), plural(types.length, 'type'));
    this.#draw();
  }

  choose(type) {
    this.#chosen = type;
    for (const button of this.#list.querySelectorAll('button')) {
      button.setAttribute('aria-current', String(button.dataset.type === type));
    }
  }

  #draw() {
    const wanted = this.#search.value.trim().toLowerCase();
    const matches =
      wanted === '' ? this.#types : this.#types.filter(({ haystack }) => haystack.includes(wanted));
    const shown = matches.slice(0, this.#shown);
    this.#more.hidden = matches.length <= shown.length;
    setText(this.#more, `Show more (${count(matches.length - shown.length)} not shown)`);
    const drawn = JSON.stringify([shown.map(({ haystack }) => haystack), wanted === '']);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#list.replaceChildren(...(shown.length === 0 ? [noneOf(wanted)] : shown.map(itemOf)));
    this.choose(this.#chosen);
  }
}

const itemOf = ({ type, displayName }) =>
  el(
    'li',
    {},
    el(
      'button',
      { type: 'button', 'data-type': type },
      el('span', {}, displayName ?? type),
      displayName === undefined ? null : el('small', {}, type),
    ),
  );

const noneOf = (wanted) =>
  el(
    'li',
    {},
    wanted === ''
      ? emptyState('Nothing is counted yet', 'A type appears here with its first event. Send one below.')
      : emptyState('No such type', `None has “${wanted}” in its name.`),
  );
