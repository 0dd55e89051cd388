/** `npm run test:browser`: apart from the other tests, because it needs Chromium. */
import base from '../../jest.config.js'

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/__tests__/browser/*.browser.ts'],
  testTimeout: 60_000,
  // Each file starts the demo and a browser: two cores have enough to do with one of each.
  maxWorkers: 1,
}
