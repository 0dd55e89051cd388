/** `npm run test:proxies`: apart from the other tests, because it needs nginx, Apache and HAProxy. */
import base from '../../jest.config.js'

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/__tests__/proxies/*.proxies.ts'],
  maxWorkers: 1,
}
