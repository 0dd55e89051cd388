/** `npm run test:redis`: apart from the other tests, because it needs redis-server. */
import base from '../../jest.config.js'

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/__tests__/redis/*.redis.ts'],
  testTimeout: 300_000,
  // Each file starts servers and up to eight processes, which is enough work for two cores.
  maxWorkers: 1,
}
