/** RFC 8414 §6.1, TLS: the built-in transport in a process of its own, which trusts the certificate of `tls.ts`. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Harness, outcome } from '../support/key-harness.js'
import { AUDIENCE, faults } from '../support/key-server.js'
import type { KeyServer } from '../support/key-server.js'
import { selfSigned } from '../support/tls.js'

const ROOT = join(__dirname, '../..')
const directory = mkdtempSync(join(tmpdir(), 'rfc8414-'))
const authority = join(directory, 'ca.pem')
const harness = new Harness()

beforeAll(() => writeFileSync(authority, selfSigned.cert))
afterEach(() => harness.close())
afterAll(() => rmSync(directory, { recursive: true }))

/** What a process with that certificate authority prints when it asks for the issuer's keys: `ready`, or the error's code. */
async function readiness(issuer: string, flags: readonly string[] = [], env = {}): Promise<string> {
  const script = `
    import { resourceServer } from 'express-resource-server'
    const api = resourceServer({ issuer: ${JSON.stringify(issuer)}, audience: ${JSON.stringify(AUDIENCE)} })
    process.stdout.write(await api.ready().then(() => 'ready', ({ code }) => code))
  `
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, '--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: ROOT, env: { ...process.env, NODE_EXTRA_CA_CERTS: authority, NODE_OPTIONS: '', ...env } },
  )
  return stdout
}

async function tlsServer(options: object = {}): Promise<KeyServer> {
  return harness.keyServer({ ...selfSigned, ...options })
}

test.each(['TLSv1.2', 'TLSv1.3'])(
  '§6.1 TLS is supported, with 1.2 and what came after: %s',
  async (version) => {
    const server = await tlsServer({ minVersion: version, maxVersion: version })
    expect(await readiness(server.issuer)).toBe('ready')
    expect(server.hits).toEqual({ metadata: 1, keys: 1 })
  },
)

// A process that was told to be lax gets through, so that nothing else can have been in the way.
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
  expect(await readiness(server.issuer)).toBe('ERR_KEYS_UNAVAILABLE')
  expect(server.hits.metadata).toBe(0)
  expect(await readiness(server.issuer, lax)).toBe('ready')
})

test('§6.1 and §6.2 the certificate is checked: one that nobody vouches for is refused', async () => {
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
  expect(await readiness(issuer)).toBe('ERR_KEYS_UNAVAILABLE')
  expect(server.hits.metadata).toBe(0)
  expect(await readiness(issuer, [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBe('ready')
})
