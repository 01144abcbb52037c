/** The console: a page over the HTTP API. Each part below owns one section, and asks for what it shows. */
import { key, forgetKey, setKey, whenKeyNeeded } from './api.js';
import { redrawCharts } from './chart.js';
import { startCounters } from './counters.js';
import { startDays } from './days.js';
import { byId, setText } from './dom.js';
import { startPipeline } from './pipeline.js';
import { startSend } from './send.js';

const THEMES = ['auto', 'light', 'dark'];

function startTheme() {
  const button = byId('theme');
  const root = document.documentElement;
  const show = () => setText(button, `Theme: ${root.dataset.theme}`);
  button.onclick = () => {
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    localStorage.setItem('tally-theme', root.dataset.theme);
    show();
    redrawCharts();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawCharts);
  show();
}

/** Asks for a key when the server wants one. The page is reloaded with it: every part starts from there. */
function startKey() {
  const dialog = byId('key-dialog');
  whenKeyNeeded((refusal) => {
    if (dialog.open) return;
    setText(byId('key-why'), key() === null ? '' : `The key given was refused: ${refusal.message}.`);
    dialog.showModal();
  });
  byId('key-form').onsubmit = (event) => {
    event.preventDefault();
    setKey(byId('key').value.trim());
    location.reload();
  };
  // Without a key there is nothing to go back to.
  dialog.oncancel = (event) => event.preventDefault();
  byId('forget-key').hidden = key() === null;
  byId('forget-key').onclick = () => {
    forgetKey();
    location.reload();
  };
}

startTheme();
startKey();
const days = startDays();
startPipeline({ onSealed: days.refresh });
const counters = startCounters();
startSend({ onCounted: counters.refresh, onSelect: counters.select });
