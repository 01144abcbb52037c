import { readFileSync } from 'node:fs';
import { resourcesOf } from '../synthesised.js';
import { flat } from './metrics-of.js';
import { templateWith } from './stacks.js';

const runbook = readFileSync(new URL('../../../docs/RUNBOOK.md', import.meta.url), 'utf8');

/** Alarms are the headings of the second level, apart from the incidents. */
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n', 1)[0] ?? '', section] as const),
);
const INCIDENTS = 'The four incidents';

const alarmNames = new Set(
  [templateWith()].flatMap((template) =>
    Object.values(resourcesOf(template))
      .filter(({ Type }) => /^AWS::CloudWatch::(Composite)?Alarm$/.test(Type))
      .map(({ Properties }) => flat(Properties['AlarmName']).split(' ').at(-1) ?? ''),
  ),
);

describe('docs/RUNBOOK.md', () => {
  it('has a heading for each alarm, and for nothing else', () => {
    const headings = [...sections.keys()].filter((heading) => heading !== INCIDENTS);
    expect(headings.sort()).toEqual([...alarmNames].sort());
  });

  it.each([...sections].filter(([heading]) => heading !== INCIDENTS))(
    'says of %s what it is, how to look, and what to do',
    (_, section) => {
      const parts = [...section.matchAll(/^\*\*(\w+)\.\*\* \S/gm)].map(([, part]) => part);
      expect(parts).toEqual(['Description', 'Investigation', 'Resolution']);
    },
  );

  it('names only alarms that exist', () => {
    const named = [...runbook.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, name]) => name);
    const outputs = ['Dashboard'];
    expect(named.filter((name = '') => !alarmNames.has(name) && !outputs.includes(name))).toEqual([]);
  });

  it('knows the incidents by name', () => {
    const incidents = [...(sections.get(INCIDENTS) ?? '').matchAll(/^### (.*)$/gm)].map(([, name]) => name);
    expect(incidents).toEqual(['Over-count', 'Under-count', 'Misclassification', 'Delay']);
  });
});
