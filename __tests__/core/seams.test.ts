/** Each seam is open: what a feature needs is a few lines outside the core. */
import { tracingChannel } from 'node:diagnostics_channel'
import express from 'express'
import request from 'supertest'
import { allOf, ForbiddenError, requireScopes, UnauthorizedError } from 'express-resource-server'
import type { FlightTrace, ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { makeGuard } from '../../lib/core/access/guard.js'
import type { Verdict } from '../../lib/core/access/verdict.js'
import type { ConfirmationMethod } from '../../lib/core/http/confirmation.js'
import { parseOptions } from '../../lib/core/options/server.js'
import { assemble } from '../../lib/core/server/assemble.js'
import type { Extensions, MakeVerifier, VerifierContext } from '../../lib/core/server/settings.js'
import { verifiedToken } from '../../lib/core/token/verifier.js'
import { expose } from '../../lib/express/resource-server.js'
import { parseChallenges } from '../support/challenges.js'

const issuer = createTestIssuer()

/** A server with what a feature would add to it. */
function serverWith(
  extensions: Partial<Extensions>,
  options: Partial<ResourceServerOptions> = {},
): ResourceServer {
  return expose(assemble({ ...parseOptions({ ...issuer.options, ...options }), ...extensions }))
}

/** Answers with the subject and the scheme. */
function appWith(server: ResourceServer, ...guards: express.Handler[]): express.Express {
  const app = express()
  app.use(server)
  app.get('/', ...guards, (req, res) => res.json([req.auth?.subject, req.auth?.scheme]))
  return app
}

const get = (app: express.Express, authorization: string) =>
  request(app).get('/').set('authorization', authorization)

describe('credentials of a second scheme', () => {
  const readTicket: Extensions['credentialSources'][number] = ({ headers }) => {
    const ticket = headers['x-ticket']
    return typeof ticket === 'string' ? { scheme: 'Ticket', token: ticket, responseHeaders: {} } : undefined
  }

  test('reach the principal, and two tokens are still one too many', async () => {
    const app = appWith(serverWith({ credentialSources: [readTicket] }))
    const token = await issuer.token()
    await request(app).get('/').set('x-ticket', token).expect(200, ['user-1', 'Ticket'])
    await get(app, `Bearer ${token}`).expect(200, ['user-1', 'Bearer'])
    await get(app, `Bearer ${token}`).set('x-ticket', token).expect(400)
  })
})

describe('a verifier of opaque tokens', () => {
  let nowSeconds = 0
  const opaque: MakeVerifier = ({ issuers }: VerifierContext) => ({
    handles: (token) => token.startsWith('opaque-'),
    verify: async (token) =>
      verifiedToken({
        token,
        issuer: await issuers.trusted(issuer.issuer),
        header: undefined,
        claims: { sub: token.slice(7), scope: 'read' },
        output: { sub: token.slice(7), scope: 'read' },
        registered: {
          subject: token.slice(7),
          clientId: undefined,
          jti: undefined,
          audience: [issuer.audience],
          audiences: [],
          expiresAt: 1000,
          notBefore: undefined,
          issuedAt: undefined,
        },
        recheck: () => {
          if (nowSeconds >= 1000) throw new UnauthorizedError('ERR_TOKEN_EXPIRED')
          return 'good'
        },
        isStillGood: () => true,
      }),
  })
  const app = appWith(serverWith({ verifiersAfter: [opaque] }), requireScopes('read'))

  test('stands next to that of JWTs; its result has no header and rechecks itself', async () => {
    await get(app, 'Bearer opaque-ann').expect(200, ['ann', 'Bearer'])
    await get(app, 'Bearer opaque-bob').expect(200, ['bob', 'Bearer'])
    await get(app, 'Bearer opaque-ann').expect(200, ['ann', 'Bearer'])
    await get(app, `Bearer ${await issuer.token({ scope: 'read' })}`).expect(200, ['user-1', 'Bearer'])
    await get(app, 'Bearer something').expect(401)
    nowSeconds = 1000
    await get(app, 'Bearer opaque-ann').expect(401)
  })
})

describe('a confirmation method', () => {
  const committed: string[] = []
  const secret: ConfirmationMethod = {
    member: 'secret',
    challenge: { scheme: 'Secret', parameters: { hint: 'knock' } },
    check: (expected, { request: { headers } }) => {
      if (headers['x-secret'] !== expected)
        throw new UnauthorizedError('ERR_ACCESS_DENIED', { error: 'invalid_dpop_proof' })
      return {
        headers: { 'x-next-secret': 'n' },
        commit: async () => {
          committed.push(String(expected))
          return undefined
        },
      }
    },
  }
  const app = appWith(
    serverWith({
      confirmation: [secret],
      checks: [
        ({ claims }) => {
          if (claims['revoked'] === true) throw new UnauthorizedError('ERR_ACCESS_DENIED')
          return undefined
        },
      ],
    }),
  )
  const bound = (claims = {}) => issuer.token({ cnf: { secret: 's' }, ...claims })

  test('adds its scheme, confirms, answers with headers, and commits', async () => {
    const answer = await get(app, `Secret ${await bound()}`).set('x-secret', 's')
    expect([answer.status, answer.body, answer.headers['x-next-secret']]).toEqual([
      200,
      ['user-1', 'Secret'],
      'n',
    ])
    expect(committed).toEqual(['s'])
  })

  test('commits nothing for a request that a later check refuses', async () => {
    const before = committed.length
    await get(app, `Secret ${await bound({ revoked: true })}`)
      .set('x-secret', 's')
      .expect(401)
    expect(committed).toHaveLength(before)
  })

  test.each([
    ['without credentials', '', '', 401, ['Bearer', undefined], ['Secret', undefined]],
    ['wrong proof', 'Secret', 'x', 401, ['Bearer', undefined], ['Secret', 'invalid_dpop_proof']],
  ])(
    'two challenges, Bearer first, the error in that of the scheme used: %s',
    async (_, scheme, proof, status, ...expected) => {
      const answer = await get(app, scheme === '' ? '' : `${scheme} ${await bound()}`).set('x-secret', proof)
      const unset = scheme === '' ? await request(app).get('/') : answer
      expect(unset.status).toBe(status)
      const challenges = parseChallenges(unset.headers['www-authenticate'] ?? '')
      expect(challenges.map((each) => [each.scheme, each.parameters['error']])).toEqual(expected)
      expect(challenges[1]?.parameters['hint']).toBe('knock')
    },
  )

  test('refuses a bound token in the wrong scheme only by its own rule, and an unbound one in its scheme', async () => {
    const unbound = await get(app, `Secret ${await issuer.token()}`)
    expect(unbound.status).toBe(401)
    expect(parseChallenges(unbound.headers['www-authenticate'] ?? '')[1]?.parameters['error']).toBe(
      'invalid_token',
    )
  })

  test('does not confirm a token without its request', async () => {
    const server = serverWith({ confirmation: [secret] })
    await expect(server.verify(await bound())).rejects.toMatchObject({ code: 'ERR_CONFIRMATION_UNSUPPORTED' })
  })

  test('leaves tokens refused that are bound by another method', async () => {
    await get(app, `Bearer ${await issuer.token({ cnf: { other: 's' } })}`).expect(401)
  })
})

describe('an asynchronous check on each request', () => {
  const app = appWith(
    serverWith({
      checks: [
        async ({ claims }) => {
          if (claims['jti'] === 'revoked') throw new UnauthorizedError('ERR_ACCESS_DENIED')
          return { 'x-checked': 'yes' }
        },
      ],
    }),
  )

  test('adds a response header', async () => {
    const answer = await get(app, `Bearer ${await issuer.token()}`)
    expect([answer.status, answer.headers['x-checked']]).toEqual([200, 'yes'])
  })

  test('refuses, also a token that is remembered', async () => {
    const token = await issuer.token({ jti: 'revoked' })
    for (let i = 0; i < 3; i++) await get(app, `Bearer ${token}`).expect(401)
  })

  test('is asked for a token without a request, too', async () => {
    const server = serverWith({ checks: [() => Promise.reject(new UnauthorizedError('ERR_ACCESS_DENIED'))] })
    await expect(server.verify(await issuer.token())).rejects.toMatchObject({ code: 'ERR_ACCESS_DENIED' })
  })
})

test('a JWS of a trusted issuer is verified without the rules of access tokens', async () => {
  let context: VerifierContext | undefined
  serverWith({
    verifiersAfter: [
      (given) => {
        context = given
        return { handles: () => false, verify: () => Promise.reject(new Error('Handles nothing')) }
      },
    ],
  })
  const { issuers, verifyJws } = context!
  const trusted = await issuers.trusted(issuer.issuer)
  const logout = await issuer.token({ header: { typ: 'logout+jwt' }, aud: 'client-1', exp: undefined })
  const verified = await verifyJws(logout, trusted, new Set(['logout+jwt']))
  expect(verified.claims).toMatchObject({ aud: 'client-1' })
  await expect((async () => verifyJws(logout, trusted, new Set(['jwt'])))()).rejects.toMatchObject({
    code: 'ERR_TOKEN_TYPE',
  })
  const [header, payload, signature = ''] = logout.split('.')
  const forged = `${header}.${payload}.${Buffer.from(signature, 'base64url').fill(0).toString('base64url')}`
  await expect((async () => verifyJws(forged, trusted, new Set(['logout+jwt'])))()).rejects.toMatchObject({
    code: 'ERR_SIGNATURE_INVALID',
  })
})

test('a guard made outside lib/express, whose verdict has a remedy of two kinds', async () => {
  const verdict: Verdict = {
    denied: 'ERR_AUTHENTICATION_INSUFFICIENT',
    scopes: ['pay'],
    missing: 1,
    login: { acrValues: ['gold'], maxAgeSeconds: 60 },
  }
  const stepUp = makeGuard('requireGold', () => verdict)
  const app = appWith(serverWith({}), allOf(stepUp, requireScopes('read')))
  const answer = await get(app, `Bearer ${await issuer.token()}`)
  expect(answer.status).toBe(401)
  expect(parseChallenges(answer.headers['www-authenticate'] ?? '')[0]?.parameters).toMatchObject({
    error: 'insufficient_user_authentication',
    acr_values: 'gold',
    max_age: '60',
    scope: 'pay read',
  })
  expect(stepUp.name).toBe('requireGold')
})

describe('an answer without a response object', () => {
  const server = serverWith({}, { realm: 'orders' })

  test('of a refused upgrade', async () => {
    const error: unknown = await server.authenticate({ headers: {} }).catch((thrown: unknown) => thrown)
    expect(server.answerTo(error)).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'content-length': expect.stringMatching(/^\d+$/),
        'content-type': 'application/json',
        'www-authenticate': 'Bearer realm="orders"',
      },
      body: expect.stringContaining('needs an access token'),
    })
  })

  test('for a fetch handler, of a guard', async () => {
    const error = new ForbiddenError('ERR_SCOPE_INSUFFICIENT', { requiredScopes: ['read'] })
    const { status, headers, body } = server.answerTo(error)
    const response = new Response(body, { status, headers })
    expect([response.status, response.headers.get('www-authenticate'), await response.json()]).toEqual([
      403,
      expect.stringContaining('scope="read"'),
      { error: 'insufficient_scope', error_description: 'The access token lacks a required scope' },
    ])
  })

  test('of anything else is a 500 that says nothing, and each caller gets its own headers', () => {
    const answer = server.answerTo(new Error('secret'))
    expect([answer.status, JSON.stringify(answer)]).toEqual([500, expect.not.stringContaining('secret')])
    const [one, other] = [1, 2].map(() => server.answerTo(new UnauthorizedError('ERR_TOKEN_EXPIRED')))
    Object.assign(one!.headers, { 'set-cookie': 'a=b' })
    expect(other!.headers).not.toHaveProperty('set-cookie')
  })
})

test('a flight for keys shows its start and its end on a tracing channel', async () => {
  const served = createTestIssuer()
  const server = await served.listen()
  const channel = tracingChannel<unknown, FlightTrace & { error?: unknown }>('express-resource-server:flight')
  const seen: string[] = []
  const subscribers = {
    start: ({ source }: FlightTrace) => void seen.push(`start ${source === served.issuer}`),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: ({ error }: { error?: unknown }) => void seen.push(`end ${error === undefined}`),
    error: () => void seen.push('error'),
  }
  channel.subscribe(subscribers)
  const api = expose(assemble(parseOptions(server.options)))
  try {
    await api.ready()
    expect(seen).toEqual(['start true', 'end true'])
    await server.close()
    await api.refresh().catch(() => undefined)
    expect(seen).toEqual(['start true', 'end true', 'start true', 'error', 'end false'])
  } finally {
    channel.unsubscribe(subscribers)
    api.close()
  }
})
