/** RFC 9449, DPoP: every MUST and SHOULD that concerns a resource server, in the order of the text. */
import express from 'express'
import request from 'supertest'
import { requireScopes, resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import type { DpopOptions } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestProofOptions } from 'express-resource-server/testing'
import { parseChallenges } from '../support/challenges.js'
import { generatePair } from '../support/key-pairs.js'

const START = Date.parse('2030-01-01T12:00:00Z') / 1000
const PUBLIC = 'https://api.test'
let nowSeconds = START
const clock = { epochMs: () => nowSeconds * 1000 }
const issuer = createTestIssuer({ clock })
const client = issuer.dpop()
const stranger = issuer.dpop()
const rsa = issuer.dpop({ algorithm: 'RS256' })
const otherKey = generatePair('ec', { namedCurve: 'P-256' }).privateKey
const nonce = { secret: 's'.repeat(32) }

interface Sent {
  readonly scheme?: string
  readonly method?: 'get' | 'post'
  readonly path?: string
  readonly claims?: object
  /** Changes to a good proof. */
  readonly proof?: TestProofOptions & {
    readonly by?: typeof client
    readonly method?: string
    readonly url?: string
  }
  /** In place of a proof. */
  readonly headers?: readonly string[]
  readonly token?: 'unbound' | 'none'
  readonly options?: Partial<DpopOptions>
}

type Row = readonly [title: string, expected: string, sent?: Sent]

const PROOF = '401 DPoP invalid_dpop_proof'

beforeEach(() => (nowSeconds = START))

function appWith(options: Partial<DpopOptions> = {}): express.Express {
  const app = express()
  app.use(resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: PUBLIC, clock, ...options }) }))
  app.use(requireScopes('read'), (req, res) => void res.json(req.auth?.scheme))
  return app
}

async function ask({ scheme = 'DPoP', method = 'get', path = '/r', ...sent }: Sent, app: express.Express) {
  const token = await (sent.token === 'unbound'
    ? issuer.token({ scope: 'read' })
    : client.token({ scope: 'read', ...sent.claims }))
  const {
    by = client,
    method: htm = method.toUpperCase(),
    url = `${PUBLIC}${path}`,
    ...parts
  } = sent.proof ?? {}
  const proofs = sent.headers ?? [await by.proof(htm, url, { token, ...parts })]
  const asked = request(app)[method](path)
  if (sent.token !== 'none') void asked.set('authorization', `${scheme} ${token}`)
  for (const proof of proofs) void asked.set('dpop', proof)
  return asked
}

/** `accepted`, or the status with the error and the scheme in whose challenge it stands. */
async function verdict(sent: Sent): Promise<string> {
  const { status, headers } = await ask(sent, appWith(sent.options))
  if (status === 200) return 'accepted'
  const shown = parseChallenges(headers['www-authenticate'] ?? '').filter(
    ({ parameters }) => parameters['error'],
  )
  return [status, ...shown.map(({ scheme, parameters }) => `${scheme} ${parameters['error']}`)].join(' ')
}

function table(rows: readonly Row[]): void {
  for (const [title, expected, sent = {}] of rows)
    test(`${title}: ${expected}`, async () => {
      expect(await verdict(sent)).toBe(expected)
    })
}

describe('RFC 9449 §4: proofs', () => {
  table([
    ['§4.2 a proof with all that is required', 'accepted'],
    ['§4.2 typ has the value dpop+jwt', PROOF, { proof: { header: { typ: 'jwt' } } }],
    ['§4.2 alg is not none', PROOF, { proof: { header: { alg: 'none' } } }],
    ['§4.2 alg is not symmetric', PROOF, { proof: { header: { alg: 'HS256' } } }],
    ['§4.2 jwk is a public key', PROOF, { proof: { header: { jwk: { ...client.jwk, d: client.jwk.x } } } }],
    [
      '§4.2 further members of header and claims may be there',
      'accepted',
      { proof: { x: 1, header: { x: 1 } } },
    ],
    ['§4.3 (1) there is not more than one DPoP header', PROOF, { headers: ['a.b.c', 'a.b.c'] }],
    ['§4.3 (1) there is one', PROOF, { headers: [] }],
    ['§4.3 (2) it is a single well-formed JWT', PROOF, { headers: ['a.b'] }],
    ['§4.3 (3) jti is required', PROOF, { proof: { jti: undefined } }],
    ['§4.3 (3) htm is required', PROOF, { proof: { htm: undefined } }],
    ['§4.3 (3) htu is required', PROOF, { proof: { htu: undefined } }],
    ['§4.3 (3) iat is required', PROOF, { proof: { iat: undefined } }],
    ['§4.3 (4) typ is required', PROOF, { proof: { header: { typ: undefined } } }],
    ['§4.3 (5) alg is one that is configured', PROOF, { options: { algorithms: ['RS256'] } }],
    ['§4.3 (6) the signature verifies with the key in jwk', PROOF, { proof: { key: otherKey } }],
    ['§4.3 (7) jwk has no private member', PROOF, { proof: { header: { jwk: { ...rsa.jwk, p: 'AQAB' } } } }],
    ['§4.3 (8) htm is the method of the request', PROOF, { method: 'post', proof: { method: 'GET' } }],
    ['§4.3 (9) htu is the URI of the request', PROOF, { proof: { url: `${PUBLIC}/other` } }],
    [
      '§4.3 (9) query and fragment are ignored',
      'accepted',
      { path: '/r?a=1', proof: { htu: `${PUBLIC}/r?b#c` } },
    ],
    [
      '§4.3 syntax-based normalisation',
      'accepted',
      { path: '/~r', proof: { htu: 'HTTPS://API.test/a/../%7er' } },
    ],
    ['§4.3 scheme-based normalisation', 'accepted', { proof: { htu: 'https://api.test:443/r' } }],
    ['§4.3 (10) a nonce that the server gave is required', '401 DPoP use_dpop_nonce', { options: { nonce } }],
    ['§4.3 (11) iat is not too long ago', PROOF, { proof: { iat: START - 76 } }],
    ['§4.3 (11) iat is not in the future', PROOF, { proof: { iat: START + 16 } }],
    ['§4.3 (11) a clock that is a little off is no reason', 'accepted', { proof: { iat: START + 10 } }],
    ['§4.3 (12) ath is required with a token', PROOF, { proof: { ath: undefined } }],
    ['§4.3 (12) ath is the hash of the token', PROOF, { proof: { token: 'another' } }],
    [
      '§4.3 (12) the key is the one that the token is bound to',
      '401 DPoP invalid_token',
      { proof: { by: stranger } },
    ],
  ])
})

describe('RFC 9449 §6 and §7: bound tokens', () => {
  table([
    ['§6.1 jkt is a thumbprint', '401 DPoP invalid_token', { claims: { cnf: { jkt: client.jwk.x } } }],
    ['§7.1 the scheme is compared without case', 'accepted', { scheme: 'dPoP' }],
    ['§7.1 a token without cnf is refused', '401 DPoP invalid_token', { token: 'unbound' }],
    [
      '§7.1 the error of a guard stands in the challenge, too',
      '403 DPoP insufficient_scope',
      { claims: { scope: 'x' } },
    ],
    ['§7.2 a bound token is refused as a bearer token', '401 Bearer invalid_token', { scheme: 'Bearer' }],
    ['§7.2 so is one without a proof', '401 Bearer invalid_token', { scheme: 'Bearer', headers: [] }],
    ['§7.2 other tokens are still accepted', 'accepted', { scheme: 'Bearer', token: 'unbound', headers: [] }],
    [
      '§7.2 unless only bound ones are',
      '401 DPoP invalid_token',
      { scheme: 'Bearer', token: 'unbound', headers: [], options: { required: true } },
    ],
    ['§7.1 without credentials, there is no error', '401', { token: 'none', headers: [] }],
  ])

  test('§7.1 the challenge names the algorithms, parted by spaces', async () => {
    const answer = await request(appWith({ algorithms: ['ES256', 'PS256'] })).get('/r')
    const [bearer, challenge] = parseChallenges(answer.headers['www-authenticate'] ?? '')
    expect(bearer?.scheme).toBe('Bearer')
    expect(challenge).toMatchObject({ scheme: 'DPoP', parameters: { algs: 'ES256 PS256' } })
  })
})

describe('RFC 9449 §8 and §9: nonces', () => {
  const given = async (app: express.Express) => (await ask({}, app)).headers['dpop-nonce'] ?? ''

  test('§9 the answer has a nonce, which no cache may keep, and the proof with it is accepted', async () => {
    const app = appWith({ nonce })
    const { status, headers } = await ask({}, app)
    expect([status, headers['cache-control']]).toEqual([401, 'no-store'])
    // §8.1: NQCHAR of RFC 6749 §A.
    expect(headers['dpop-nonce']).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
    expect((await ask({ proof: { nonce: headers['dpop-nonce'] } }, app)).status).toBe(200)
  })

  test('§8.2 a good answer may have the next nonce, and must not be cached then', async () => {
    const app = appWith({ nonce })
    const first = await given(app)
    nowSeconds += 61
    const { status, headers } = await ask({ proof: { nonce: first } }, app)
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect((await ask({ proof: { nonce: headers['dpop-nonce'] } }, app)).status).toBe(200)
  })

  test('§8 with a nonce, the clock of the client does not matter', async () => {
    const app = appWith({ nonce })
    expect((await ask({ proof: { nonce: await given(app), iat: START - 86_400 } }, app)).status).toBe(200)
  })

  test('§9 a nonce is not one of another server', async () => {
    const other = await given(appWith({ nonce: { secret: 'o'.repeat(32) } }))
    const { status, headers } = await ask({ proof: { nonce: other } }, appWith({ nonce }))
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('use_dpop_nonce')])
  })

  test('§4.3 (10) without nonces, one in the proof is not required to be known', async () => {
    expect(await verdict({ proof: { nonce: 'x' } })).toBe('accepted')
  })
})

describe('RFC 9449 §11: security', () => {
  const twice = async (one: TestProofOptions & { url?: string }, two: typeof one, by = client) => {
    const app = appWith()
    await ask({ proof: one }, app)
    return (await ask({ proof: { ...two, by }, claims: { cnf: { jkt: by.thumbprint } } }, app)).status
  }

  test('§11.1 a proof is accepted once', async () => {
    expect(await twice({ jti: '1' }, { jti: '1' })).toBe(401)
  })

  test('§11.1 jti is compared in the context of its URI and key: another client is not locked out', async () => {
    expect(await twice({ jti: '1' }, { jti: '1' }, stranger)).toBe(200)
  })

  test('§11.1 an over-long jti is refused, not stored', async () => {
    expect(await verdict({ proof: { jti: 'x'.repeat(257) } })).toBe(PROOF)
  })

  table([
    ['§11.2 a proof made in advance is refused before its time', PROOF, { proof: { iat: START + 600 } }],
    [
      '§11.4 htm and htu are compared without the Host header',
      PROOF,
      { proof: { url: 'https://127.0.0.1/r' } },
    ],
    ['§11.5 an access token is no proof', PROOF, { proof: { header: { typ: 'at+jwt' } } }],
    ['§11.6 weak and unknown algorithms are refused', PROOF, { proof: { header: { alg: 'RS1' } } }],
  ])

  test('§11.5 a proof is no access token', async () => {
    const proof = await client.proof('GET', `${PUBLIC}/r`)
    await request(appWith()).get('/r').set('authorization', `Bearer ${proof}`).expect(401)
  })
})
