/** The page's elements, made and found in one line each. Text is always text: nothing is ever parsed as HTML. */

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * A new element. Functions become listeners (`onclick`), booleans set or leave out an attribute, and
 * null or false children are left out.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element[key] = value;
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
}

/** Change text only where it differs: what did not change is not read out again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A table with a caption that only screen readers meet; columns are `{title, cell(row), isNumber?}`. */
export function table(caption, columns, rows) {
  const kind = ({ isNumber }) => (isNumber ? { class: 'number' } : {});
  return el(
    'table',
    {},
    el('caption', { class: 'unseen' }, caption),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        columns.map((column) => el('th', { scope: 'col', ...kind(column) }, column.title)),
      ),
    ),
    el(
      'tbody',
      {},
      rows.map((row) =>
        el(
          'tr',
          {},
          columns.map((column) => el('td', kind(column), column.cell(row))),
        ),
      ),
    ),
  );
}

/** What stands where data would: a sentence, and what to do. */
export const emptyState = (title, text, ...more) =>
  el('div', { class: 'empty' }, el('p', { class: 'empty-title' }, title), el('p', {}, text), ...more);
