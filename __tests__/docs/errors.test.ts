import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import express from 'express'
import {
  allOf,
  requireActor,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  ResourceServerError,
  resourceServer,
} from 'express-resource-server'
import type { ErrorCode, Guard, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { checkInPool } from '../../lib/core/jws/pool.js'
import { parseOptions } from '../../lib/core/options/server.js'
import { assemble } from '../../lib/core/server/assemble.js'
import { expose } from '../../lib/express/resource-server.js'
import { dpop } from 'express-resource-server/dpop'
import type { DpopOptions } from 'express-resource-server/dpop'
import { requireTools } from 'express-resource-server/mcp'
import { jwe } from 'express-resource-server/jwe'
import { introspection } from 'express-resource-server/introspection'
import { mtls } from 'express-resource-server/mtls'
import { revocation } from 'express-resource-server/revocation'
import { Client } from '../dpop/support/client.js'
import { start } from '../support/http.js'
import { encrypt } from '../support/jwe.js'
import { generatePair } from '../support/key-pairs.js'
import { plain, proseOf, rowsOf, sectionOf } from './support/markdown.js'
import { codesOfTheSource, hintsOfTheSource } from './support/source.js'

const PAGE = 'docs/errors.md'
const issuer = createTestIssuer()
const { options } = issuer
const nowSeconds = Math.floor(Date.now() / 1000)
const noSchema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [] }) } } as const

type Provoke = () => Promise<readonly unknown[]>

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function token(claims: TestTokenOptions, changes: Partial<ResourceServerOptions> = {}): Provoke {
  return async () => {
    const api = resourceServer({ ...options, ...changes })
    return [await thrownBy(async () => api.verify(await issuer.token(claims)))]
  }
}

function raw(text: string): Provoke {
  return async () => [await thrownBy(() => resourceServer(options).verify(text))]
}

/** A request with these `Authorization` headers. */
function request(...authorization: readonly string[]): Provoke {
  return async () => {
    const message = new IncomingMessage(new Socket())
    message.rawHeaders = authorization.flatMap((value) => ['Authorization', value])
    const [first] = authorization
    if (first !== undefined) message.headers.authorization = first
    return [await thrownBy(() => resourceServer(options).authenticate(message))]
  }
}

function guarded(...guards: readonly Guard[]): Provoke {
  return async () => {
    const principal = await resourceServer(options).verify(await issuer.token({ scope: 'held' }))
    return Promise.all(
      guards.map((guard) => thrownBy(() => guard.check(principal, { headers: {}, rawHeaders: [] }))),
    )
  }
}

const KEYS_OF_A_FLOOD = [{}, {}] as const

type MakeProof = (changes?: { readonly by?: Client }) => string

interface Proven {
  readonly proof?: (make: MakeProof) => string | undefined
  readonly options?: Partial<DpopOptions>
}

/** A request with a bound token and a proof. */
function withProof({ proof = (make) => make(), options: dpopOptions = {} }: Proven): Provoke {
  return async () => {
    const client = new Client()
    const publicUrl = 'https://api.test'
    const api = resourceServer({ ...options, confirmation: dpop({ publicUrl, ...dpopOptions }) })
    const bound = await issuer.token({ cnf: { jkt: client.thumbprint } })
    const sent = proof(({ by = client } = {}) =>
      by.proof(bound, 'GET', publicUrl, Math.floor(Date.now() / 1000)),
    )
    const headers = { authorization: `DPoP ${bound}`, ...(sent !== undefined && { dpop: sent }) }
    return [await thrownBy(() => api.authenticate({ method: 'GET', url: '/', headers }))]
  }
}

const { privateKey, publicKey } = generatePair('rsa', { modulusLength: 2048 })
const apiKey = { key: privateKey, kid: 'api' }

/** A good token, encrypted with these header members. */
function encrypted(header: Readonly<Record<string, unknown>>, key = publicKey): Provoke {
  return async () => {
    const api = resourceServer({ ...options, decryption: jwe({ keys: [apiKey] }) })
    return [await thrownBy(async () => api.verify(encrypt(await issuer.token(), { key, header })))]
  }
}

/** A token that an introspection endpoint answers about with this status and body. */
function introspected(status: number, body: object): Provoke {
  return async () => {
    const { url } = await start((_req, res) => res.writeHead(status).end(JSON.stringify(body)))
    const opaque = introspection({ endpoint: url, client: { id: 'api', secret: 's' } })
    return [await thrownBy(() => resourceServer({ ...options, opaque }).verify('opaque'))]
  }
}

/** A request with a token that is bound to a certificate. */
function withCertificate(certificate: string | undefined): Provoke {
  return async () => {
    const api = resourceServer({ ...options, confirmation: mtls({ certificate: () => certificate }) })
    const authorization = `Bearer ${await issuer.token({ cnf: { 'x5t#S256': 'x' } })}`
    return [await thrownBy(() => api.authenticate({ headers: { authorization } }))]
  }
}

/** Requests that cause each error, in all its shapes. */
const PROVOKED: Readonly<Record<ErrorCode, Provoke>> = {
  ERR_CREDENTIALS_MISSING: request(),
  ERR_CREDENTIALS_MALFORMED: request('Bearer a b'),
  ERR_CREDENTIALS_REPEATED: request('Bearer a', 'Bearer b'),
  ERR_MESSAGE_MALFORMED: async () => {
    const principal = await resourceServer(options).verify(await issuer.token())
    const guard = requireTools({ tools: {}, otherwise: 'allow' })
    return [await thrownBy(() => guard.check(principal, { method: 'POST', headers: {}, body: [] }))]
  },
  ERR_TOKEN_TOO_LARGE: token({ filler: 'x'.repeat(300) }, { maxTokenBytes: 256 }),
  ERR_TOKEN_MALFORMED: raw('opaque'),
  ERR_TOKEN_TYPE: token({ header: { typ: 'logout+jwt' } }),
  ERR_ALGORITHM_NOT_ALLOWED: token({ header: { alg: 'none' } }),
  ERR_CRITICAL_HEADER: token({ header: { crit: ['exp'] } }),
  ERR_ENCRYPTION_REQUIRED: token({}, { decryption: jwe({ keys: [apiKey], required: true }) }),
  ERR_DECRYPTION_KEY_UNKNOWN: encrypted({ kid: 'unknown' }),
  ERR_DECRYPTION_FAILED: encrypted({ kid: 'api' }, generatePair('rsa', { modulusLength: 2048 }).publicKey),
  ERR_HEADER_CLAIM_MISMATCH: encrypted({ kid: 'api', iss: 'https://elsewhere.test' }),
  ERR_ISSUER_UNKNOWN: token({ iss: 'https://elsewhere.test' }),
  ERR_KEY_UNKNOWN: token({ header: { kid: 'unknown' } }),
  ERR_SIGNATURE_INVALID: async () => {
    const [header, , signature] = (await issuer.token()).split('.')
    const [, claims] = (await issuer.token({ sub: 'somebody-else' })).split('.')
    return raw([header, claims, signature].join('.'))()
  },
  ERR_TOKEN_INACTIVE: introspected(200, { active: false }),
  ERR_TOKEN_EXPIRED: token({ exp: nowSeconds - 3600 }),
  ERR_TOKEN_NOT_YET_VALID: token({ nbf: nowSeconds + 3600 }),
  ERR_TOKEN_TOO_OLD: token({ iat: nowSeconds - 3600 }, { maxTokenAgeSeconds: 60 }),
  ERR_AUDIENCE_MISMATCH: token({ aud: 'https://elsewhere.test' }),
  ERR_CLAIM_MISSING: token({ exp: undefined }),
  ERR_CLAIM_INVALID: token({ sub: 1 }),
  ERR_NOT_AN_ACCESS_TOKEN: token({ at_hash: 'x' }),
  ERR_CONFIRMATION_UNSUPPORTED: token({ cnf: { jkt: 'x' } }),
  ERR_CONFIRMATION_MISSING: async () => {
    const method = { member: 'x', challenge: { scheme: 'Bearer', parameters: {} }, check: () => ({}) }
    const api = expose(assemble({ ...parseOptions(options), confirmation: [method] }))
    const authorization = `Bearer ${await issuer.token()}`
    return [await thrownBy(() => api.authenticate({ headers: { authorization } }))]
  },
  ERR_CONFIRMATION_MISMATCH: withProof({ proof: (make) => make({ by: new Client() }) }),
  ERR_PROOF_MISSING: withProof({ proof: () => undefined }),
  ERR_PROOF_INVALID: withProof({ proof: () => 'x' }),
  ERR_PROOF_NONCE: withProof({ options: { nonce: { secret: 's'.repeat(32) } } }),
  ERR_PROOF_REPLAYED: withProof({ options: { replay: { add: () => false } } }),
  ERR_CERTIFICATE_MISSING: withCertificate(undefined),
  ERR_CERTIFICATE_INVALID: withCertificate('x'),
  ERR_CLAIMS_REFUSED: async () => {
    const api = resourceServer({ ...options, claims: noSchema })
    return [await thrownBy(async () => api.verify(await issuer.token()))]
  },
  ERR_AUTHENTICATION_INSUFFICIENT: guarded(
    requireAuthentication({ acrValues: ['x'] }),
    requireAuthentication({ maxAgeSeconds: 60 }),
  ),
  ERR_SCOPE_INSUFFICIENT: guarded(requireScopes('other'), allOf(requireScopes('other'))),
  ERR_ROLE_INSUFFICIENT: guarded(requireRoles('other')),
  ERR_CLAIM_INSUFFICIENT: guarded(requireClaim('sub', 'other')),
  ERR_AUTHORIZATION_DETAILS_INSUFFICIENT: guarded(requireAuthorizationDetails('payment', () => true)),
  ERR_ACTOR_INSUFFICIENT: guarded(requireActor({ subject: 'other' })),
  ERR_ACCESS_DENIED: guarded(
    requireThat(() => false),
    requireThat(() => false, { scope: 'other' }),
  ),
  ERR_KEYS_UNAVAILABLE: async () => {
    const { url } = await start((_req, res) => res.writeHead(404).end())
    return token({ iss: url }, { issuer: url })()
  },
  ERR_INTROSPECTION_UNAVAILABLE: introspected(500, {}),
  ERR_ISSUER_UNRESOLVED: token({}, { issuer: () => Promise.reject(new Error()) }),
  ERR_OVERLOADED: async () => {
    const done: ((isValid: boolean) => void)[] = []
    const checks = Array.from({ length: 10_002 }, (_, i) =>
      checkInPool(KEYS_OF_A_FLOOD[i % 2]!, (end) => done.push(end)),
    )
    const refusal = await thrownBy(async () =>
      resourceServer(options).verify(await issuer.token({ key: 'ES384' })),
    )
    while (done.length > 0) done.shift()?.(false)
    await Promise.all(checks)
    return [refusal]
  },
  ERR_TOKEN_REVOKED: token({}, { revocation: revocation({ isRevoked: () => true }) }),
  ERR_REVOCATION_STORE_UNAVAILABLE: token(
    {},
    { revocation: revocation({ isRevoked: () => Promise.reject(new Error()) }) },
  ),
  ERR_REPLAY_STORE_UNAVAILABLE: withProof({
    options: { replay: { add: () => Promise.reject(new Error()) } },
  }),
  ERR_CLOSED: async () => {
    const api = resourceServer({ ...options, issuer: 'https://issuer.test' })
    api.close()
    return [await thrownBy(async () => api.verify(await issuer.token()))]
  },
  ERR_INTERNAL: token({}, { scopes: () => { throw new Error() } }), // prettier-ignore
  ERR_CONFIGURATION: async () => [await thrownBy(() => resourceServer({ issuer: '', audience: 'a' }))],
  ERR_WIRING: async () => {
    let error: unknown
    const app = express().get('/', requireScopes('a'))
    app.use(((thrown, _req, res, _next) => {
      error = thrown
      res.sendStatus(thrown.status)
    }) as express.ErrorRequestHandler)
    await (await start(app)).ask()
    return [error]
  },
}

const documented = rowsOf(sectionOf(PAGE, 'Codes'))
const documentedHints = rowsOf(sectionOf(PAGE, 'Hints'))

describe('The codes of docs/errors.md', () => {
  test('are those of the source, in its order', () => {
    expect(documented.map(({ code = '' }) => plain(code))).toEqual(codesOfTheSource())
  })

  test('have an anchor each, for links from debug lines', () => {
    const anchors = proseOf(PAGE).match(/(?<=<a id=")err_[a-z_]+(?="><\/a>`ERR_)/g)
    expect(anchors).toEqual(codesOfTheSource().map((code) => code.toLowerCase()))
  })

  test.each(documented.map((row) => [plain(row['code'] ?? ''), row] as const))(
    '%s has the class, the status and the error that it really has',
    async (code, row) => {
      const errors = await PROVOKED[code as ErrorCode]()
      for (const error of errors) {
        expect(error).toBeInstanceOf(ResourceServerError)
        expect(error).toMatchObject({ code, name: plain(row['class'] ?? ''), status: Number(row['status']) })
      }
      const words = new Set(errors.map((error) => (error as ResourceServerError).error ?? 'none'))
      expect([...words].join(' or ')).toBe(plain(row['error'] ?? ''))
    },
  )

  test.each(documented.map((row) => [plain(row['code'] ?? ''), row] as const))(
    '%s says when it happens and what to do',
    (_code, row) => {
      for (const column of ['when', 'what to do']) expect(row[column]).toMatch(/^[A-Z`].{10,}\.$/)
    },
  )
})

describe('The hints of docs/errors.md', () => {
  test('are those of the source, in its order', () => {
    expect(documentedHints.map(({ hint = '' }) => plain(hint))).toEqual(hintsOfTheSource())
  })

  test('come with codes that there are', () => {
    const codes = documentedHints.flatMap((row) => plain(row['with'] ?? '').split(', '))
    expect(codes.filter((code) => !codesOfTheSource().includes(code))).toEqual([])
  })

  test.each(documentedHints.map((row) => [plain(row['hint'] ?? ''), row] as const))(
    '%s says what is wrong and what to do',
    (_hint, row) => {
      for (const column of ['what is probably wrong', 'what to do']) {
        expect(row[column]).toMatch(/^[A-Z`].{10,}\.$/)
      }
    },
  )
})

describe('docs/errors.md', () => {
  test('names no code or option in capitals that is not there', () => {
    const named = proseOf(PAGE).match(/\bERR_[A-Z_]+\b/g) ?? []
    expect(named.filter((code) => !codesOfTheSource().includes(code))).toEqual([])
  })

  test('lists the members that an error has', async () => {
    const listed = rowsOf(sectionOf(PAGE, 'Members of an error')).flatMap(({ member = '' }) =>
      plain(member).split(', '),
    )
    const errors = [
      ...(await PROVOKED.ERR_SCOPE_INSUFFICIENT()),
      ...(await PROVOKED.ERR_KEYS_UNAVAILABLE()),
      ...(await PROVOKED.ERR_CONFIGURATION()),
    ] as ResourceServerError[]
    const members = errors.flatMap((error) => [
      ...Object.getOwnPropertyNames(error),
      'message',
      'expose',
      'statusCode',
      'cause',
    ])
    expect(new Set(listed)).toEqual(new Set(members.filter((name) => name !== 'stack')))
  })
})
