/** The folders that jest.config.js leaves out, for scripts such as `npm run test:docs`. */
import base from './jest.config.js'

export default {
  ...base,
  testPathIgnorePatterns: ['/node_modules/'],
  // One test of these may compile a program or run a server.
  testTimeout: 600_000,
}
