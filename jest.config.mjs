/** Tests run as CommonJS compiled by swc: no type check here, `npm run check` does that. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Suites that take minutes have scripts of their own (`npm run test:…`), which CI runs too.
  testPathIgnorePatterns: process.env.TALLY_SLOW_TESTS
    ? ['/node_modules/']
    : ['/node_modules/', '/test/(lambdas|browser|kill|smoke)/'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/dist'],
  // Only against hanging for ever: how fast a machine is says nothing about whether the code is right.
  testTimeout: 600_000,
};
