import { PATIENCE_MS, run } from './support/child.js'

jest.setTimeout(PATIENCE_MS)

test('the webhook story prints its six steps and ends with 0', async () => {
  const { code, stdout, stderr } = await run('demo/webhook.ts').ended

  expect(stderr).toBe('')
  expect(stdout.match(/^\d {2}.*/gm)).toEqual([
    '1  Generate a key pair',
    '2  Register the public key with the authorization server',
    '3  Sign a client assertion with the private key',
    '4  Exchange it for an access token',
    '5  Call the webhook with it',
    '6  See what is refused',
  ])
  expect(stdout).toContain('Every response was as expected.')
  expect(code).toBe(0)
})
