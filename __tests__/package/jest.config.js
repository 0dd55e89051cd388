/** `npm run test:dist`: the suites that use the public API, run on dist/, and tests of the package as it is packed. */
import path from 'node:path'
import base, { typescript } from '../../jest.config.js'

// Child processes that run TypeScript find the package as its users do, not where tsconfig.json maps its name.
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
    '^express-resource-server/(.*)$': '<rootDir>/dist/$1.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/(bench|\\.cache)/'],
}
