import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import express from 'express'
import type { JWK } from 'jose'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { jwe } from 'express-resource-server/jwe'
import { start } from '../support/http.js'
import type { Running } from '../support/http.js'
import { generatePair } from '../support/key-pairs.js'
import { childScript } from '../support/child-scripts.js'

/** How an authorization server encrypts. */
export interface Way {
  readonly alg: string
  readonly enc: string
  readonly jwk: JWK
  readonly kid?: string
  readonly isSigned: boolean
}

const rsa = generatePair('rsa', { modulusLength: 2048 })
const ec = generatePair('ec', { namedCurve: 'P-256' })
const secret = { kty: 'oct', k: randomBytes(32).toString('base64url') }

const toRsa = { jwk: rsa.publicKey.export({ format: 'jwk' }) as JWK, kid: 'rsa-1', isSigned: true }
const toEc = { jwk: ec.publicKey.export({ format: 'jwk' }) as JWK, kid: 'ec-1', isSigned: true }
const toSecret = { jwk: secret, isSigned: true }

const NESTED: Readonly<Record<string, Way>> = {
  'RSA-OAEP-256': { ...toRsa, alg: 'RSA-OAEP-256', enc: 'A256GCM' },
  'RSA-OAEP': { ...toRsa, alg: 'RSA-OAEP', enc: 'A128CBC-HS256' },
  'ECDH-ES': { ...toEc, alg: 'ECDH-ES', enc: 'A256GCM' },
  'ECDH-ES+A128KW': { ...toEc, alg: 'ECDH-ES+A128KW', enc: 'A256CBC-HS512' },
  A256KW: { ...toSecret, alg: 'A256KW', enc: 'A128GCM' },
  A256GCMKW: { ...toSecret, alg: 'A256GCMKW', enc: 'A128GCM' },
  dir: { ...toSecret, alg: 'dir', enc: 'A256GCM' },
}

/** What this server does if nothing tells it to sign. */
const UNSIGNED: Readonly<Record<string, Way>> = {
  'dir alone': { ...toSecret, alg: 'dir', enc: 'A256GCM', isSigned: false },
  'A256KW alone': { ...toSecret, alg: 'A256KW', enc: 'A128GCM', isSigned: false },
}

describe("oidc-provider's encrypted tokens", () => {
  let child: ChildProcess
  let issuer: string
  let server: ResourceServer
  let api: Running

  beforeAll(async () => {
    child = fork(
      childScript('jwe/support/provider-process.ts'),
      [JSON.stringify({ ...NESTED, ...UNSIGNED })],
      {
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    )
    ;[issuer] = (await once(child, 'message')) as [string]
    const keys = [
      { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'rsa-1', use: 'enc' } as JWK,
      { key: ec.privateKey, kid: 'ec-1' },
      secret,
    ]
    server = resourceServer({
      issuer,
      audience: 'https://api.test',
      profile: 'at+jwt',
      decryption: jwe({ keys, required: true }),
    })
    const app = express()
    app.use(server)
    app.get('/', requireScopes('read'), (req, res) => res.json([req.auth?.clientId, req.auth?.header?.alg]))
    api = await start(app)
  })

  afterAll(async () => {
    server.close()
    const exit = once(child, 'exit')
    child.disconnect()
    await exit
  })

  async function tokenFor(name: string): Promise<string> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'secret-of-app',
      scope: 'read',
      resource: `https://api.test/${encodeURIComponent(name)}`,
    })
    const response = await fetch(`${issuer}/token`, { method: 'POST', body })
    return String(((await response.json()) as { access_token: unknown }).access_token)
  }

  test.each(Object.keys(NESTED))('with %s are accepted, and again when they are remembered', async (name) => {
    const token = await tokenFor(name)
    expect(token.split('.')).toHaveLength(5)
    for (let i = 0; i < 3; i++) {
      const { status, body } = await api.ask({ token })
      expect([status, body]).toEqual([200, ['app', 'ES256']])
    }
  })

  test.each(Object.keys(UNSIGNED))(
    'with %s hold claims without a signature, and are refused',
    async (name) => {
      const token = await tokenFor(name)
      expect(token.split('.')).toHaveLength(5)
      await expect(server.verify(token)).rejects.toMatchObject({
        code: 'ERR_TOKEN_MALFORMED',
        hint: 'unsigned_token',
      })
      expect((await api.ask({ token })).status).toBe(401)
    },
  )
})
