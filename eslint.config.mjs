import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What the console uses of the browser. */
const BROWSER_GLOBALS = Object.fromEntries(
  [
    ...['window', 'document', 'location', 'history', 'navigator', 'localStorage', 'sessionStorage', 'crypto'],
    ...['fetch', 'AbortSignal', 'FormData', 'URL', 'URLSearchParams', 'ResizeObserver', 'performance'],
    ...['setTimeout', 'clearTimeout', 'matchMedia', 'getComputedStyle', 'getSelection'],
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'cdk.out', 'coverage', 'data', 'console/vendor'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A forgotten promise in a Lambda is a lost write.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Ports are asynchronous for the engines that need it; an engine that answers at once need not pretend.
      '@typescript-eslint/require-await': 'off',
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      // Leaving an attribute out by destructuring is not a forgotten variable.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { URL: 'readonly', console: 'readonly', process: 'readonly' } },
  },
  {
    files: ['console/**/*.js'],
    languageOptions: { globals: BROWSER_GLOBALS },
    rules: { eqeqeq: 'error', 'max-lines-per-function': ['error', { max: 70, skipComments: true }] },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
);
