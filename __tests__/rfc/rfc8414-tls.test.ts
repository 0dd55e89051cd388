/**
 * RFC 8414 §6.1, TLS: the built-in transport in processes of their own, which trust the certificate
 * of `tls.ts`.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Harness, outcome } from '../support/key-harness.js'
import { faults } from '../support/key-server.js'
import type { KeyServer } from '../support/key-server.js'
import { selfSigned } from '../support/tls.js'
import { childScript } from '../support/child-scripts.js'

const directory = mkdtempSync(join(tmpdir(), 'rfc8414-'))
const authority = join(directory, 'ca.pem')
const harness = new Harness()

afterEach(() => harness.close())
afterAll(() => rmSync(directory, { recursive: true }))

type Client = (issuer: string) => Promise<string>

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.disconnect()
})

/** A process that trusts the certificate. For an issuer it replies `ready` or the error's code. */
function clientWith(flags: readonly string[] = [], env = {}): Client {
  const child = fork(childScript('support/tls-client-process.ts'), {
    execArgv: [...flags],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: authority, NODE_OPTIONS: '', ...env },
    // Node warns about its lax flags.
    silent: true,
  })
  children.push(child)
  return async (issuer) => {
    child.send(issuer)
    const [answer] = (await once(child, 'message')) as [string]
    return answer
  }
}

let usual: Client
beforeAll(() => {
  writeFileSync(authority, selfSigned.cert)
  usual = clientWith()
})

async function tlsServer(options: object = {}): Promise<KeyServer> {
  return harness.keyServer({ ...selfSigned, ...options })
}

test.each(['TLSv1.2', 'TLSv1.3'])(
  '§6.1 TLS is supported, with 1.2 and what came after: %s',
  async (version) => {
    const server = await tlsServer({ minVersion: version, maxVersion: version })
    expect(await usual(server.issuer)).toBe('ready')
    expect(server.hits).toEqual({ metadata: 1, keys: 1 })
  },
)

// A process with lax flags succeeds, so nothing else can have caused the refusal.
test.each([
  [
    'a cipher suite without confidentiality',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0' },
    ['--tls-max-v1.2', '--tls-cipher-list=ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0'],
  ],
  [
    'a version before 1.2',
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    ['--tls-min-v1.0', '--tls-cipher-list=DEFAULT@SECLEVEL=0'],
  ],
])('§6.1 TLS keeps secrets: a server that speaks nothing but %s is refused', async (_, options, lax) => {
  const server = await tlsServer(options)
  expect(await usual(server.issuer)).toBe('ERR_KEYS_UNAVAILABLE')
  expect(server.hits.metadata).toBe(0)
  expect(await clientWith(lax)(server.issuer)).toBe('ready')
})

test('§6.1 and §6.2 the certificate is checked: a self-signed one is refused', async () => {
  const server = await tlsServer()
  const api = harness.api(server, {}, { issuer: server.issuer })
  expect(await outcome(api.verify(server.token()))).toMatchObject({
    status: 503,
    code: 'ERR_KEYS_UNAVAILABLE',
  })
  expect(server.hits.metadata).toBe(0)
})

test('§6.1 and §6.2 the certificate is checked: one for another name than the issuer’s is refused', async () => {
  const server = await tlsServer()
  const issuer = server.issuer.replace('localhost', '0.0.0.0')
  server.metadata = faults.json({ issuer, jwks_uri: `${issuer}/jwks` })
  expect(await usual(issuer)).toBe('ERR_KEYS_UNAVAILABLE')
  expect(server.hits.metadata).toBe(0)
  expect(await clientWith([], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })(issuer)).toBe('ready')
})
