/** `npm run test:browser`: apart from the other tests, because it needs Chromium. */
import base from '../../jest.config.js'

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/__tests__/browser/*.browser.ts'],
  testTimeout: 300_000,
  // Each file starts the demo and a browser, which is enough work for two cores.
  maxWorkers: 1,
}
