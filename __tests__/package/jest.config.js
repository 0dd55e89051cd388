/** `npm run test:dist`: the suites of the public API on dist/, and the tests of the packed package. */
import path from 'node:path'
import base, { typescript } from '../../jest.config.js'

// Child processes that run TypeScript must find dist/, as users do, not what tsconfig.json maps.
process.env['TSX_TSCONFIG_PATH'] = path.resolve(import.meta.dirname, '../../tsconfig.build.json')

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/__tests__/{express,rfc,hostile,package}/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: { ...base.transform, '/dist/[^/]+\\.js$': typescript({ allowJs: true }) },
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '^express-resource-server$': '<rootDir>/dist/index.js',
    // The same pattern as in the base: the first one that fits decides.
    '^express-resource-server/(\\w+)$': '<rootDir>/dist/$1.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/(bench|\\.cache)/'],
}
