import { availableParallelism } from 'node:os'

/** @param {import('typescript').server.protocol.CompilerOptions} compilerOptions */
export const typescript = (compilerOptions) => [
  'ts-jest',
  {
    tsconfig: {
      module: 'commonjs',
      moduleResolution: 'bundler',
      target: 'es2022',
      rootDir: '.',
      esModuleInterop: true,
      isolatedModules: true,
      ...compilerOptions,
    },
  },
]

/** The suite runs on either Express of the peer dependency: `EXPRESS_MAJOR=4 npm test`. */
const express = {
  ...(process.env['EXPRESS_MAJOR'] === '4' && { '^express$': 'express4' }),
  // For tests of both.
  '^express5$': '<rootDir>/node_modules/express',
}

/** Folders that `npm test` leaves out: jest.apart.js runs the slow ones, `npm run test:dist` those of the package. */
const APART = ['cli', 'demo', 'differential', 'docs', 'package', 'providers', 'tooling', 'types']

/** Packages without a CommonJS build. */
const ES_MODULES = 'jose|oauth4webapi|openid-client|arktype|arkregex|@ark'

/** Jest runs the sources as CommonJS: its support for native ES modules needs a flag. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', `<rootDir>/__tests__/(${APART.join('|')})/`],
  globalSetup: '<rootDir>/__tests__/support/global-setup.ts',
  globalTeardown: '<rootDir>/__tests__/support/global-teardown.ts',
  setupFiles: ['compile-once', 'keep-channels', 'end-storages'].map(
    (name) => `<rootDir>/__tests__/support/${name}.ts`,
  ),
  testSequencer: '<rootDir>/__tests__/support/long-first.js',
  // For a test that hangs. On a busy machine a good one may take ten times as long as usual.
  testTimeout: 300_000,
  // More than there are processors: several tests wait, for time-outs of real servers or for a child
  // process.
  maxWorkers: availableParallelism() + 2,
  transform: {
    '\\.ts$': typescript({}),
    [`/node_modules/(${ES_MODULES})/.*\\.js$`]: '<rootDir>/__tests__/support/to-commonjs.js',
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
  moduleNameMapper: {
    ...express,
    '^\\./key-pair\\.js$': '<rootDir>/__tests__/support/key-pairs.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^express-resource-server$': '<rootDir>/lib/index.ts',
    '^express-resource-server/(\\w+)$': '<rootDir>/lib/$1/index.ts',
  },
  // Copies of the package elsewhere in the tree bear its name too.
  modulePathIgnorePatterns: ['<rootDir>/(dist|bench|\\.cache)/'],
  collectCoverageFrom: ['lib/**/*.ts'],
}
