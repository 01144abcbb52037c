/** The project's own configuration, but for the transform: tests run over edited source. */
import { resolve } from 'node:path';
import config from '../../jest.config.mjs';

const withEdits = ([pattern, [, options]]) => [
  pattern,
  ['<rootDir>/test/simulation/editing-transform.mjs', options],
];

export default {
  ...config,
  rootDir: resolve(import.meta.dirname, '../..'),
  transform: Object.fromEntries(Object.entries(config.transform).map(withEdits)),
};
