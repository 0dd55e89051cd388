import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { childScript } from '../../support/child-scripts.js'

/**
 * Speed is measured in bench/. This counts bytes instead, which do not depend on who else uses the machine: what allocates
 * twice as much as it did (in brackets, Node 20) has lost a fast path.
 */
test('a request allocates no more than it must', async () => {
  const script = childScript('support/allocations-process.ts')
  const flags = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const bytes = JSON.parse(stdout) as Record<string, number>
  expect(bytes['remembered']).toBeLessThan(1700) // [640; 840 on Node 24]
  expect(bytes['verified']).toBeLessThan(11_000) // [5200; 6500]
  expect(bytes['expired']).toBeLessThan(8000) // [2800; 2900]
  expect(bytes['garbage']).toBeLessThan(4500) // [1500; 1800]
})
