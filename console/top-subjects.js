/** A type's top subjects on the newest sealed day: the audit finds them when it seals. */
import { pathOf, RefusedError, request } from './api.js';
import { el, table } from './dom.js';
import { count, day } from './format.js';

const LIMIT = 8;

export class TopSubjects {
  element = el('div', { class: 'top' });
  #onSelect;
  #shown = '';

  constructor(onSelect) {
    this.#onSelect = onSelect;
  }

  /** Read them, unless they are what is shown: a sealed day does not change. */
  async show(type, sealedDay) {
    const wanted = `${type} ${sealedDay}`;
    if (wanted === this.#shown) return;
    const content = sealedDay === null ? NONE() : await this.#of(type, sealedDay);
    this.element.replaceChildren(el('h4', {}, 'Top subjects'), ...content);
    this.#shown = wanted;
  }

  async #of(type, sealedDay) {
    const path = `v1/counters/${encodeURIComponent(type)}/top`;
    try {
      const { subjects } = await request(pathOf(path, { day: sealedDay, limit: LIMIT }));
      if (subjects.length === 0) return [note(`None on ${day(sealedDay)}.`)];
      return [note(`On ${day(sealedDay)}, the newest sealed day`), this.#tableOf(subjects)];
    } catch (error) {
      if (error instanceof RefusedError) return NONE();
      throw error;
    }
  }

  #tableOf(subjects) {
    const look = ({ subject }) =>
      el('button', { type: 'button', class: 'link', onclick: () => this.#onSelect(subject) }, subject);
    return table(
      'Top subjects',
      [
        { title: 'Subject', cell: look },
        { title: 'Value', isNumber: true, cell: ({ value }) => count(value) },
        { title: 'Events', isNumber: true, cell: ({ events }) => count(events) },
      ],
      subjects,
    );
  }
}

const note = (text) => el('p', { class: 'note' }, text);
const NONE = () => [note('Found when a day is sealed.')];
