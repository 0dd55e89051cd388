import { run } from '../demo/support/child.js'

test('the cluster demo prints its steps: a replay to another worker and after a flush is refused', async () => {
  const { code, stdout, stderr } = await run('demo/cluster.ts').ended
  expect(stderr).toBe('')
  expect(stdout).toMatch(/the same proof -> 401 invalid_dpop_proof[^]*the same proof -> 401 use_dpop_nonce/)
  expect(stdout).toContain('Every response was as expected.')
  expect(code).toBe(0)
})
