/** DPoP through HTTP: RFC 9449 §4.3, §7. Ids in brackets name the attacks that a test answers. */
import { createHash } from 'node:crypto'
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { requireScopes, resourceServer, UnauthorizedError } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import type { DpopOptions, ReplayStore } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import type { ConfirmationMethod } from '../../lib/core/http/confirmation.js'
import { parseChallenges } from '../support/challenges.js'
import { Client, encode } from './support/client.js'
import type { ProofParts } from './support/client.js'

const START = 1_800_000_000
let nowSeconds = START
const clock = { epochMs: () => nowSeconds * 1000 }
const issuer = createTestIssuer({ clock })
const client = new Client()
const PUBLIC = 'https://api.example'
const servers: http.Server[] = []

beforeEach(() => (nowSeconds = START))
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections()
})

interface Api {
  send(options: {
    method?: string
    path?: string
    headers?: readonly (readonly [string, string])[]
  }): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: any }>
}

async function serve(
  dpopOptions: Partial<DpopOptions> = {},
  options: Partial<ResourceServerOptions> = {},
): Promise<Api> {
  const app = express()
  app.use(
    resourceServer({
      ...issuer.options,
      confirmation: [dpop({ publicUrl: PUBLIC, clock, ...dpopOptions })],
      ...options,
    }),
  )
  app.use(requireScopes('read'), (req, res) => void res.json([req.auth?.subject, req.auth?.scheme]))
  const server = http.createServer(app)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    send: ({ method = 'GET', path = '/r', headers = [] }) =>
      new Promise((resolve, reject) => {
        const request = http.request({ port, host: '127.0.0.1', method, path, agent: false }, (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          response.on('end', () => {
            const { statusCode = 0 } = response
            resolve({
              status: statusCode,
              headers: response.headers,
              body: text.startsWith('<') || text === '' ? text : JSON.parse(text),
            })
          })
        })
        for (const name of new Set(headers.map(([each]) => each)))
          request.setHeader(
            name,
            headers.filter(([each]) => each === name).map(([, value]) => value),
          )
        request.on('error', reject).end()
      }),
  }
}

const bound = (claims: object = {}, to: Client = client) =>
  issuer.token({ scope: 'read', cnf: { jkt: to.thumbprint }, ...claims })

interface Case extends ProofParts {
  readonly method?: string
  readonly path?: string
  readonly htm?: string
  readonly htu?: string
  readonly by?: Client
  readonly scheme?: string
}

let api: Api
beforeAll(async () => {
  api = await serve()
})

/** Sends a bound token with a proof that has these changes. */
async function send(changes: Case = {}, to: Api = api, token?: string) {
  const {
    method = 'GET',
    path = '/r',
    htm = method,
    htu = `${PUBLIC}${path}`,
    by = client,
    scheme = 'DPoP',
  } = changes
  const presented = token ?? (await bound())
  const proof = by.proof(presented, htm, htu, nowSeconds, changes)
  return to.send({
    method,
    path,
    headers: [
      ['authorization', `${scheme} ${presented}`],
      ['dpop', proof],
    ],
  })
}

/** The status, and the error with the scheme in whose challenge it stands. */
function summary({ status, headers }: Awaited<ReturnType<typeof send>>): unknown[] {
  const challenges = parseChallenges(headers['www-authenticate'] ?? '')
  const shown = challenges.filter(({ parameters }) => parameters['error'] !== undefined)
  return [status, ...shown.map(({ scheme, parameters }) => `${scheme} ${parameters['error']}`)]
}

describe('a good proof', () => {
  test.each<[string, Case]>([
    ['by an ES256 key [DPP-001]', {}],
    ['in another case of the scheme [DPP-002]', { scheme: 'dpop' }],
    ['in capitals [DPP-002]', { scheme: 'DPOP' }],
    ['typ in capitals [DPP-017]', { header: { typ: 'DPOP+JWT' } }],
    ['typ with application/ [DPP-017]', { header: { typ: 'application/dpop+jwt' } }],
    ['htu with query and fragment [DPP-034]', { path: '/r?b=2', htu: `${PUBLIC}/r?a=1#f` }],
    ['htu in capitals [DPP-035]', { htu: 'HTTPS://API.EXAMPLE/r' }],
    ['htu with the default port [DPP-036]', { htu: 'https://api.example:443/r' }],
    ['unreserved characters escaped [DPP-037]', { path: '/~joe', htu: `${PUBLIC}/%7Ejoe` }],
    ['unreserved characters escaped in the request [DPP-037]', { path: '/%7ejoe', htu: `${PUBLIC}/~joe` }],
    ['lower-case escapes [DPP-037]', { path: '/a%2Fb', htu: `${PUBLIC}/a%2fb` }],
    ['dot segments', { htu: `${PUBLIC}/a/../r` }],
    [
      'further members of header and claims',
      { header: { kid: 'x', jku: 'https://evil.test', foo: 1 }, claims: { foo: 1 } },
    ],
    ['a kid that is a DID URL', { header: { kid: `did:example:${'x'.repeat(400)}#0` } }],
    ['a kid that is a number', { header: { kid: 7 } }],
    ['a kid that is null', { header: { kid: null } }],
    ['a kid in the JWK', { header: { jwk: { ...client.jwk, kid: 'x', use: 'sig' } } }],
    ['a clock 8 s ahead', { claims: { iat: START + 8 } }],
    ['10 s old', { claims: { iat: START - 10 } }],
    ['exp and nbf that are good', { claims: { exp: START + 5, nbf: START - 5 } }],
    ['a nonce while nonces are off', { nonce: 'anything' }],
    ['POST', { method: 'POST' }],
    ['another method', { method: 'PATCH' }],
  ])('%s', async (_, changes) => {
    const answer = await send(changes)
    expect([answer.status, answer.body]).toEqual([200, ['user-1', 'DPoP']])
  })

  test('by keys of other types', async () => {
    for (const by of [new Client('Ed25519'), new Client('RS256')]) {
      expect((await send({ by }, api, await bound({}, by))).status).toBe(200)
    }
  })

  test('of a token with further members in cnf, as Keycloak adds them', async () => {
    const token = await bound({ cnf: { jkt: client.thumbprint, 'x-other': 'y' } })
    expect((await send({}, api, token)).status).toBe(200)
  })

  test('by the RFC 9449 key and thumbprint of its example', () => {
    const jwk = {
      crv: 'P-256',
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    }
    const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
    expect(thumbprint).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  })
})

describe('a proof that is refused', () => {
  const other = new Client()
  const weak = new Client('RS256', 1024)

  test.each<[string, Case]>([
    ['without iat [DPP-015]', { claims: { iat: undefined } }],
    ['with iat as a string', { claims: { iat: String(START) } }],
    ['without ath [DPP-016]', { claims: { ath: undefined } }],
    [
      'with the ath of another token',
      { claims: { ath: createHash('sha256').update('x').digest('base64url') } },
    ],
    ['without jti', { claims: { jti: undefined } }],
    ['with an empty jti', { claims: { jti: '' } }],
    ['with a jti of 257 characters', { claims: { jti: 'x'.repeat(257) } }],
    ['without htm', { claims: { htm: undefined } }],
    ['without htu', { claims: { htu: undefined } }],
    ['without typ [DPP-017]', { header: { typ: undefined } }],
    ['typ JWT [DPP-017]', { header: { typ: 'JWT' } }],
    ['typ at+jwt [DPP-017]', { header: { typ: 'at+jwt' } }],
    ['typ with a suffix [DPP-017]', { header: { typ: 'dpop+jwt+wrong' } }],
    ['a symmetric key [DPP-020]', { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['HS256 with the public key [DPP-021]', { header: { alg: 'HS256' } }],
    ['an algorithm that does not exist [DPP-022]', { header: { alg: 'RS1' } }],
    ['alg none', { header: { alg: 'none' } }],
    ['a signature by another key [DPP-023]', { key: other.privateKey }],
    ['no jwk [DPP-024]', { header: { jwk: undefined } }],
    ['jwk a string [DPP-025]', { header: { jwk: 'x' } }],
    ['jwk an array [DPP-025]', { header: { jwk: [] } }],
    ['jwk empty [DPP-025]', { header: { jwk: {} } }],
    ['jwk without y [DPP-025]', { header: { jwk: { ...client.jwk, y: undefined } } }],
    ['jwk off the curve [DPP-025]', { header: { jwk: { ...client.jwk, y: client.jwk['x'] } } }],
    ['a private key [DPP-026]', { header: { jwk: client.privateKey.export({ format: 'jwk' }) } }],
    ['use enc [DPP-028]', { header: { jwk: { ...client.jwk, use: 'enc' } } }],
    ['key_ops deriveKey [DPP-028]', { header: { jwk: { ...client.jwk, key_ops: ['deriveKey'] } } }],
    ['another alg in the JWK [DPP-028]', { header: { jwk: { ...client.jwk, alg: 'ES384' } } }],
    ['a JWK in another spelling', { header: { jwk: { ...client.jwk, x: `${String(client.jwk['x'])}=` } } }],
    ['crit', { header: { crit: ['x'], x: 1 } }],
    ['htm of another method [DPP-030]', { htm: 'POST' }],
    ['htm in lower case [DPP-031]', { htm: 'get' }],
    ['GET for HEAD [DPP-032]', { method: 'HEAD', htm: 'GET' }],
    ['GET for OPTIONS [DPP-032]', { method: 'OPTIONS', htm: 'GET' }],
    ['another path [DPP-033]', { htu: `${PUBLIC}/other` }],
    ['another host [DPP-033]', { htu: 'https://other.example/r' }],
    ['another port [DPP-033]', { htu: 'https://api.example:8443/r' }],
    ['another scheme [DPP-033]', { htu: 'http://api.example/r' }],
    ['a reserved character unescaped [DPP-037]', { path: '/a%2Fb', htu: `${PUBLIC}/a/b` }],
    ['a path in another case', { htu: `${PUBLIC}/R` }],
    ['a trailing slash', { htu: `${PUBLIC}/r/` }],
    ['htu an array [DPP-042]', { claims: { htu: [`${PUBLIC}/r`] } }],
    ['htu a number [DPP-042]', { claims: { htu: 5 } }],
    ['htu relative [DPP-042]', { claims: { htu: '/r' } }],
    ['htu javascript: [DPP-042]', { claims: { htu: 'javascript:alert(1)' } }],
    ['htu with user information', { htu: 'https://x@api.example/r' }],
    ['iat 600 s ago [DPP-055]', { claims: { iat: START - 600 } }],
    ['iat 600 s ahead [DPP-055]', { claims: { iat: START + 600 } }],
    ['iat past age and tolerance', { claims: { iat: START - 76 } }],
    ['iat ahead of the tolerance', { claims: { iat: START + 16 } }],
    ['exp in the past [DPP-057]', { claims: { exp: START - 60 } }],
    ['nbf in the future [DPP-057]', { claims: { nbf: START + 60 } }],
  ])('%s', async (_, changes) => {
    expect(summary(await send(changes))).toEqual([401, 'DPoP invalid_dpop_proof'])
  })

  test('by an RSA key of 1024 bits [DPP-022]', async () => {
    const token = await bound({}, weak)
    expect(summary(await send({ by: weak }, api, token))).toEqual([401, 'DPoP invalid_dpop_proof'])
  })

  test.each([
    ['abc', 'abc'],
    ['two parts', 'a.b'],
    ['empty', ''],
    ['five parts', 'a.b.c.d.e'],
    ['JSON', '{"payload":"x"}'],
    ['9 KB', `${'a'.repeat(9000)}.b.c`],
  ])('that is no JWT: %s [DPP-011]', async (_, proof) => {
    const headers = [['authorization', `DPoP ${await bound()}`] as const, ['dpop', proof] as const]
    expect(summary(await api.send({ headers }))).toEqual([401, 'DPoP invalid_dpop_proof'])
  })

  test('that is missing [DPP-006]', async () => {
    const answer = await api.send({ headers: [['authorization', `DPoP ${await bound()}`]] })
    expect(summary(answer)).toEqual([401, 'DPoP invalid_dpop_proof'])
    expect(answer.headers['www-authenticate']).toMatch(/DPoP algs="[^"]*ES256/)
  })

  test('that is the access token itself [DPP-018]', async () => {
    const token = await bound()
    const headers = [['authorization', `DPoP ${token}`] as const, ['dpop', token] as const]
    expect(summary(await api.send({ headers }))).toEqual([401, 'DPoP invalid_dpop_proof'])
  })

  test.each([
    ['two good ones [DPP-008]', 'good', 'good'],
    ['bad and good [DPP-009]', 'bad', 'good'],
    ['good and bad [DPP-009]', 'good', 'bad'],
  ])('in two headers: %s', async (_, one, two) => {
    const token = await bound()
    const make = (kind: string) =>
      kind === 'bad' ? 'x' : client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds)
    const headers = [
      ['authorization', `DPoP ${token}`],
      ['dpop', make(one)],
      ['dpop', make(two)],
    ] as const
    expect(summary(await api.send({ headers }))).toEqual([401, 'DPoP invalid_dpop_proof'])
  })

  test('in one header with a comma [DPP-010]', async () => {
    const token = await bound()
    const [one, two] = [1, 2].map(() => client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds))
    const headers = [['authorization', `DPoP ${token}`] as const, ['dpop', `${one},${two}`] as const]
    expect(summary(await api.send({ headers }))).toEqual([401, 'DPoP invalid_dpop_proof'])
  })

  test('although its token is remembered → 401 invalid_dpop_proof [DPP-077 CAC-018]', async () => {
    const token = await bound()
    expect((await send({}, api, token)).status).toBe(200)
    expect(summary(await api.send({ headers: [['authorization', `DPoP ${token}`]] }))[0]).toBe(401)
    expect(summary(await send({ claims: { iat: START - 600 } }, api, token))[0]).toBe(401)
  })

  test('whose ath is over another text of the token [DPP-051]', async () => {
    const token = await bound()
    const twin = `${token}=`
    const proof = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds)
    const headers = [['authorization', `DPoP ${twin}`] as const, ['dpop', proof] as const]
    expect((await api.send({ headers })).status).toBe(401)
  })
})

describe('the binding', () => {
  test('a bound token as Bearer is refused, with and without a proof [DPP-003]', async () => {
    const token = await bound()
    const bearer = [['authorization', `Bearer ${token}`] as const]
    expect(summary(await api.send({ headers: bearer }))).toEqual([401, 'Bearer invalid_token'])
    expect(summary(await send({ scheme: 'Bearer' }))).toEqual([401, 'Bearer invalid_token'])
  })

  test('an unbound token in the DPoP scheme is refused [DPP-005]', async () => {
    const token = await issuer.token({ scope: 'read' })
    expect(summary(await send({}, api, token))).toEqual([401, 'DPoP invalid_token'])
  })

  test('a stray proof next to an unbound Bearer token is ignored [DPP-007]', async () => {
    const token = await issuer.token({ scope: 'read' })
    expect((await send({ scheme: 'Bearer' }, api, token)).body).toEqual(['user-1', 'Bearer'])
  })

  test.each<[string, (thumbprint: string) => unknown]>([
    ['another key [DPP-052]', () => new Client().thumbprint],
    ['a hex thumbprint [DPP-053]', (text) => Buffer.from(text, 'base64url').toString('hex')],
    ['a padded thumbprint [DPP-053]', (text) => `${text}=`],
    ['an array [DPP-054]', (text) => [text]],
    ['an object [DPP-054]', (text) => ({ text })],
  ])('a token bound to %s is refused', async (_, jkt) => {
    const token = await bound({ cnf: { jkt: jkt(client.thumbprint) } })
    expect(summary(await send({}, api, token))).toEqual([401, 'DPoP invalid_token'])
  })

  test.each([
    ['both schemes', ['Bearer', 'DPoP'], ['Bearer invalid_request', 'DPoP invalid_request']],
    [
      'both, in another order and case',
      ['dpop', 'BEARER'],
      ['Bearer invalid_request', 'DPoP invalid_request'],
    ],
    ['DPoP twice', ['DPoP', 'DPoP'], ['DPoP invalid_request']],
    ['Bearer twice', ['Bearer', 'Bearer'], ['Bearer invalid_request']],
    ['DPoP and a scheme that is not used here', ['DPoP', 'Basic'], ['DPoP invalid_request']],
  ])(
    'two Authorization lines, %s: 400, the error in the challenge of each scheme used [DPP-074]',
    async (_, schemes, errors) => {
      const token = await bound()
      const headers = schemes.map((scheme) => ['authorization', `${scheme} ${token}`] as const)
      expect(summary(await api.send({ headers }))).toEqual([400, ...errors])
    },
  )

  test('a Bearer token in another place next to DPoP credentials: 400, in both challenges', async () => {
    const token = await bound()
    const both = await serve({}, { acceptTokenFrom: ['header', 'query'] })
    const headers = [['authorization', `DPoP ${token}`] as const]
    const answer = await both.send({ path: `/r?access_token=${token}`, headers })
    expect(summary(answer)).toEqual([400, 'Bearer invalid_request', 'DPoP invalid_request'])
  })

  test.each(['DPoP', 'dpop', 'DPoP x y'])('no token in "%s": 400, in the DPoP challenge', async (value) => {
    const answer = await api.send({ headers: [['authorization', value]] })
    expect(summary(answer)).toEqual([400, 'DPoP invalid_request'])
  })

  test.each([
    ['first', (method: ConfirmationMethod, other: ConfirmationMethod) => [method, other]],
    ['last', (method: ConfirmationMethod, other: ConfirmationMethod) => [other, method]],
  ])(
    'a token that is bound to a certificate, too, needs both proofs: DPoP %s [DPP-075]',
    async (_, order) => {
      let isShown = false
      const certificate: ConfirmationMethod = {
        member: 'x5t#S256',
        check() {
          if (!isShown) throw new UnauthorizedError('ERR_CONFIRMATION_MISMATCH')
          return {}
        },
      }
      const keys: string[] = []
      const replay: ReplayStore = { add: (key) => keys.push(key) > 0 }
      const method = dpop({ publicUrl: PUBLIC, clock, replay })
      const both = await serve({}, { confirmation: order(method, certificate) })
      const token = await bound({ cnf: { jkt: client.thumbprint, 'x5t#S256': 'x' } })
      expect(summary(await send({}, both, token))).toEqual([401, 'DPoP invalid_token'])
      expect(keys).toEqual([])
      isShown = true
      expect((await send({}, both, token)).status).toBe(200)
      expect(keys).toHaveLength(1)
    },
  )

  test('required: a plain token is refused, and only DPoP is offered, with the error [DPP-073]', async () => {
    const strict = await serve({ required: true })
    const headers = [['authorization', `Bearer ${await issuer.token({ scope: 'read' })}`] as const]
    const answer = await strict.send({ headers })
    expect(summary(answer)).toEqual([401, 'DPoP invalid_token'])
    expect(parseChallenges(answer.headers['www-authenticate'] ?? '').map(({ scheme }) => scheme)).toEqual([
      'DPoP',
    ])
    expect((await send({}, strict)).status).toBe(200)
  })

  test('both schemes are offered to an anonymous caller, Bearer first [DPP-072]', async () => {
    const answer = await api.send({})
    const challenges = parseChallenges(answer.headers['www-authenticate'] ?? '')
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['Bearer', 'DPoP'])
    expect(summary(answer)).toEqual([401])
  })

  test('a token without its request is not confirmed', async () => {
    const server = resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: PUBLIC, clock }) })
    await expect(server.verify(await bound())).rejects.toMatchObject({ code: 'ERR_CONFIRMATION_UNSUPPORTED' })
  })
})

describe('the URL of the request', () => {
  test.each([
    ['Host', 'other.example'],
    ['Host', 'api.example/admin?'],
    ['X-Forwarded-Host', 'other.example'],
    ['Forwarded', 'host=other.example;proto=https'],
    ['X-Forwarded-Proto', 'http'],
  ])('is never that of a %s header: %s [DPP-045 DPP-046 DPP-047]', async (name, value) => {
    const token = await bound()
    const ask = async (htu: string) => {
      const proof = client.proof(token, 'GET', htu, nowSeconds)
      const headers = [
        ['authorization', `DPoP ${token}`],
        ['dpop', proof],
        [name, value],
      ] as const
      return (await api.send({ headers })).status
    }
    expect(await ask('https://other.example/r')).toBe(401)
    expect(await ask(`${PUBLIC}/r`)).toBe(200)
  })

  test('has the prefix that a proxy strips, and may be one of several', async () => {
    const behind = await serve({ publicUrl: ['https://gw.example/orders/', 'https://old.example'] })
    expect((await send({ htu: 'https://gw.example/orders/r' }, behind)).status).toBe(200)
    expect((await send({ htu: 'https://old.example/r' }, behind)).status).toBe(200)
    expect((await send({ htu: 'https://gw.example/r' }, behind)).status).toBe(401)
  })

  test('may be computed for each request; what is no URL is a 500', async () => {
    let url = 'https://one.example'
    const many = await serve({ publicUrl: () => url })
    expect((await send({ htu: 'https://one.example/r' }, many)).status).toBe(200)
    url = 'one'
    expect((await send({ htu: 'https://one.example/r' }, many)).status).toBe(500)
  })

  test.each([
    ['resolves', () => Promise.resolve(PUBLIC)],
    ['rejects', () => Promise.reject(new Error('no such tenant'))],
  ])('must be at hand: a promise that %s is a 500, and no unhandled rejection', async (_, publicUrl) => {
    const later = await serve({ publicUrl: publicUrl as never })
    expect((await send({}, later)).status).toBe(500)
  })

  test('is the original one in a mounted router', async () => {
    const app = express()
    app.use(
      '/mounted',
      resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: PUBLIC, clock }) }),
      (_req, res) => void res.json(1),
    )
    const server = app.listen(0, '127.0.0.1')
    servers.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const token = await bound()
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mounted/r?x=1`, {
      headers: {
        authorization: `DPoP ${token}`,
        dpop: client.proof(token, 'GET', `${PUBLIC}/mounted/r`, nowSeconds),
      },
    })
    expect(answer.status).toBe(200)
  })
})

test('over HTTP/2, a request without a Host header is proven all the same [DPP-048]', async () => {
  const protection = resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: PUBLIC, clock }) })
  const server = http2.createServer((req, res) => {
    protection(req as never, res as never, () => res.end('ok'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const token = await bound()
  const statusFor = (htu: string) =>
    new Promise((resolve, reject) => {
      const proof = client.proof(token, 'GET', htu, nowSeconds)
      const headers = { ':path': '/r?a=1', authorization: `DPoP ${token}`, dpop: proof }
      const stream = session.request(headers).on('error', reject)
      stream.on('response', (answer) => resolve(answer[':status'])).resume()
    })
  expect(await statusFor(`${PUBLIC}/r`)).toBe(200)
  expect(await statusFor(`${PUBLIC}/other`)).toBe(401)
  session.close()
  server.close()
})

describe('what other clients and servers did before', () => {
  test('a junk proof with the public key of another client does not lock that client out', async () => {
    const victim = new Client('RS256')
    const mine = await bound()
    const junk = [
      encode({ alg: 'PS256', typ: 'dpop+jwt', jwk: { ...victim.jwk, alg: 'PS256' } }),
      encode({}),
      'AAAA',
    ]
    for (const proof of [junk.join('.'), client.proof(mine, 'GET', `${PUBLIC}/r`, nowSeconds)]) {
      await api.send({
        headers: [
          ['authorization', `DPoP ${mine}`],
          ['dpop', proof],
        ],
      })
    }
    expect((await send({ by: victim }, api, await bound({}, victim))).status).toBe(200)
    const narrowed = { jwk: { ...victim.jwk, alg: 'RS256' } }
    const token = await bound({}, victim)
    expect((await send({ by: victim, header: narrowed }, api, token)).status).toBe(200)
    expect((await send({ by: victim }, api, token)).status).toBe(200)
  })

  test('a report-only server in front does not use up the proof of the enforcing one', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const confirmation = dpop({ publicUrl: PUBLIC, clock })
    const app = express()
    app.use(resourceServer({ ...issuer.options, confirmation, dangerouslyReportOnly: true }))
    app.use(resourceServer({ ...issuer.options, confirmation }))
    app.use((_req, res) => void res.json(1))
    warn.mockRestore()
    const server = app.listen(0, '127.0.0.1')
    servers.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const token = await bound()
    const headers = {
      authorization: `DPoP ${token}`,
      dpop: client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds),
    }
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r`
    const statuses = [(await fetch(url, { headers })).status, (await fetch(url, { headers })).status]
    expect(statuses).toEqual([200, 401])
  })
})

test('with required, an unbound token without a request is refused, too', async () => {
  const confirmation = dpop({ publicUrl: PUBLIC, clock, required: true })
  const server = resourceServer({ ...issuer.options, confirmation })
  await expect(server.verify(await issuer.token())).rejects.toMatchObject({
    code: 'ERR_CONFIRMATION_MISSING',
  })
})

test('the error of a guard stands in the challenge of the scheme used', async () => {
  const token = await bound({ scope: 'other' })
  expect(summary(await send({}, api, token))).toEqual([403, 'DPoP insufficient_scope'])
})

test.each(['/public/../admin', '/public/%2e%2e/admin', '/./admin', '/a\\..\\admin'])(
  'a request target that routers read differently has no proof: %s',
  async (path) => {
    const raw = await serve()
    const proof = { path, htu: `${PUBLIC}/admin` }
    expect((await send(proof, raw)).status).toBe(401)
  },
)

test('a signature of a proof is checked, whatever the header memory holds', async () => {
  const token = await bound()
  const [head, claims] = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds).split('.')
  const forged = [head, claims, encode({ a: 'b' })].join('.')
  const headers = [['authorization', `DPoP ${token}`] as const, ['dpop', forged] as const]
  expect(summary(await api.send({ headers }))).toEqual([401, 'DPoP invalid_dpop_proof'])
})
