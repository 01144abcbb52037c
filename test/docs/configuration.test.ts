import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../server/config.js';
import { HOUR_MS } from '../../core/time.js';

const page = readFileSync(join(__dirname, '../../docs/configuration.md'), 'utf8');

/** The variables of the first table with their defaults as written. */
const documented = new Map(
  [...page.matchAll(/^\| `(TALLY_\w+)` \| `?([^`|]+?)`? \|/gm)].map((row) => [row[1], row[2]]),
);

/** The server says which settings there are when it is given one that there isn't. */
function knownSettings(): string[] {
  try {
    readConfig({ TALLY_NONE_SUCH_AT_ALL: '1' });
  } catch (error) {
    const [, accepted = ''] = (error as Error).message.split('accepted: ');
    return accepted.split(', ');
  }
  throw new Error('an unknown setting was accepted');
}

it('documents each setting of the server and no other', () => {
  expect([...documented.keys()].sort()).toEqual(knownSettings().sort());
});

it('documents the defaults as they are', () => {
  const config = readConfig({});
  expect(documented.get('TALLY_PORT')).toBe(String(config.port));
  expect(documented.get('TALLY_HOST')).toBe(config.host);
  expect(documented.get('TALLY_LANES')).toBe(String(config.laneCount));
  expect(documented.get('TALLY_LATENESS')).toBe(`${config.latenessMs / HOUR_MS}h`);
});
