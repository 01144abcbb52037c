/** A form that sends one event and follows it: accepted, then counted, once. */
import { key, pathOf, request, serverNowMs } from './api.js';
import { byId, el, setText } from './dom.js';
import { count, duration } from './format.js';

const POLL_MS = 100;

/** @param onCounted the counter has it: look again. @param onSelect look at this counter. */
export function startSend({ onCounted, onSelect }) {
  const form = byId('send-form');
  let event = eventOf(form);
  const showCurl = () => setText(byId('curl'), curlOf(event));
  const send = async (isAgain) => {
    const buttons = form.querySelectorAll('button');
    for (const button of buttons) button.disabled = true;
    try {
      await follow(event, isAgain, { onCounted, onSelect });
    } finally {
      for (const button of buttons) button.disabled = false;
      byId('send-again').hidden = false;
    }
  };
  form.oninput = () => {
    event = eventOf(form);
    byId('send-again').hidden = true;
    showCurl();
  };
  form.onsubmit = (submitted) => {
    submitted.preventDefault();
    event = eventOf(form);
    showCurl();
    void send(false);
  };
  byId('send-again').onclick = () => void send(true);
  byId('copy-curl').onclick = () => void copy(byId('copy-curl'), byId('curl').textContent);
  byId('fate').replaceChildren(
    step(
      'none',
      'Nothing sent yet',
      'It will say here when the event is stored, and when it is in the counter.',
    ),
  );
  showCurl();
}

function eventOf(form) {
  const { type, subject, value } = Object.fromEntries(new FormData(form));
  return {
    specversion: '1.0',
    id: randomId(),
    source: 'console',
    type: type.trim(),
    ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
    time: new Date(serverNowMs()).toISOString(),
    data: { value: Number(value) },
  };
}

const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

async function follow(event, isAgain, { onCounted, onSelect }) {
  const fate = byId('fate');
  const name = event.subject === undefined ? event.type : `${event.type} · ${event.subject}`;
  fate.replaceChildren(step('busy', isAgain ? 'Sending the same bytes again' : 'Sending', `id ${event.id}`));
  try {
    // A name that no counter can have is refused here already; what is wrong with it, sending says.
    const before = await read(event).catch(() => ({ value: 0, events: 0 }));
    const sentAtMs = performance.now();
    const { rejected } = await request('v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    const acceptedAtMs = performance.now();
    const sent = step('done', isAgain ? 'Sent again' : 'Sent', `id ${event.id}`);
    if (rejected.length > 0)
      return void fate.replaceChildren(
        sent,
        step('bad', 'Rejected', `${rejected[0].code}: ${rejected[0].message}`),
      );
    const accepted = step('done', 'Accepted', `stored durably after ${duration(acceptedAtMs - sentAtMs)}`);
    fate.replaceChildren(sent, accepted, step('busy', 'Counting', name));
    const after = await untilCounted(event);
    const took = duration(performance.now() - acceptedAtMs);
    fate.replaceChildren(
      sent,
      accepted,
      step(
        'done',
        countedTitle(isAgain, before, after),
        `${name} is ${count(after.value)}, was ${count(before.value)}; known ${took} after it was accepted`,
      ),
    );
    onSelect(event.type, event.subject);
    await onCounted();
  } catch (error) {
    fate.append(
      step('bad', 'Not known', `${error.message}. Sending the same event again is safe: it counts once.`),
    );
  }
}

const countedTitle = (isAgain, before, after) =>
  isAgain && before.events === after.events ? 'A duplicate: counted zero more times' : 'Counted';

const read = ({ type, subject }) => request(pathOf(`v1/counters/${encodeURIComponent(type)}`, { subject }));

/** Everything accepted before `asOf` is counted: so the event is in once `asOf` has reached an instant after its acceptance. */
async function untilCounted(event) {
  let reply = await read(event);
  const nowMs = Date.parse(reply.asOf) + reply.lagMs;
  while (Date.parse(reply.asOf) < nowMs) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    reply = await read(event);
  }
  return reply;
}

const step = (state, title, text) =>
  el('li', { 'data-state': state }, el('strong', {}, title), el('span', {}, text));

/** A shell's single quotes hold anything but themselves. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function curlOf(event) {
  const auth = key() === null ? '' : ` \\\n  -H "authorization: Bearer $TALLY_KEY"`;
  return `curl ${quoted(new URL('v1/events', document.baseURI).href)} \\\n  -H 'content-type: application/json'${auth} \\\n  -d ${quoted(JSON.stringify(event))}`;
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    setText(button, 'Copied');
  } catch {
    // Not allowed here (no secure context): then it is marked, and a key press away.
    getSelection().selectAllChildren(byId('curl'));
    setText(button, 'Selected');
  }
  setTimeout(() => setText(button, 'Copy'), 2_000);
}
