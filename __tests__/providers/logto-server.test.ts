import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resourceServer } from 'express-resource-server'
import { logto } from 'express-resource-server/providers'
import { childScript } from '../support/child-scripts.js'

const API = 'https://api.example.com'
let child: ChildProcess
let endpoint: string

beforeAll(async () => {
  child = fork(childScript('providers/support/logto-process.ts'), {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  endpoint = String((await once(child, 'message'))[0])
}, 60_000)

afterAll(async () => {
  const exit = once(child, 'exit')
  child.disconnect()
  await exit
})

async function token(resource?: string): Promise<string> {
  const body = new URLSearchParams({
    client_id: 'machine',
    client_secret: 'a secret of the machine',
    grant_type: 'client_credentials',
    scope: 'orders:read',
    ...(resource !== undefined && { resource }),
  })
  const answer = await fetch(`${endpoint}/oidc/token`, { method: 'POST', body })
  if (!answer.ok) throw new Error(await answer.text())
  return ((await answer.json()) as { access_token: string }).access_token
}

test('A server for Logto accepts what the software that Logto is made of issues for its API, and nothing else', async () => {
  const api = resourceServer({ issuer: logto({ endpoint }), audience: API })
  const machine = { subject: 'machine', clientId: 'machine', scopes: ['orders:read'] }
  await expect(api.verify(await token(API))).resolves.toMatchObject(machine)
  await expect(api.verify(await token('https://other.example.com'))).rejects.toMatchObject({
    code: 'ERR_AUDIENCE_MISMATCH',
  })
  await expect(api.verify(await token())).rejects.toMatchObject({ hint: 'opaque_token' })
  api.close()
})
