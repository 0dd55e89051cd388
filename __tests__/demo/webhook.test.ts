import { run } from './support/child.js'

test('the webhook story tells its six steps and ends with 0', async () => {
  const { code, stdout, stderr } = await run('demo/webhook.ts').ended

  expect(stderr).toBe('')
  expect(stdout.match(/^\d {2}.*/gm)).toEqual([
    '1  Generate a key pair',
    '2  Register the public key at the authorization server',
    '3  Sign a client assertion with the private key',
    '4  Exchange it for an access token',
    '5  Call the webhook with it',
    '6  See what is refused',
  ])
  expect(stdout).toContain('Every step gave exactly the expected answer.')
  expect(code).toBe(0)
})
