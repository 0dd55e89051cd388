/** `npm run test:redis`: apart from the other tests, because it needs redis-server. */
import { spawnSync } from 'node:child_process'
import base from '../../jest.config.js'

// At once: hundreds of clients that wait for a server would take minutes to fail.
if (spawnSync('redis-server', ['--version']).error !== undefined)
  throw new Error('redis-server is not installed. On Debian: apt-get install redis-server')

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/__tests__/redis/*.redis.ts'],
  testTimeout: 300_000,
  // Each file starts servers and up to eight processes, which is enough work for two cores.
  maxWorkers: 1,
}
