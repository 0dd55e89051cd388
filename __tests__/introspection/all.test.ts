/** `tokens: 'all'`: JWTs are verified here, and asked about too. And what else meets opaque tokens. */
import { tracingChannel } from 'node:diagnostics_channel'
import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, ResourceServerOptions, UnauthorizedError } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import type { IntrospectionTrace } from 'express-resource-server/introspection'
import { mtls } from 'express-resource-server/mtls'
import { createTestIssuer } from 'express-resource-server/testing'
import { Client } from '../dpop/support/client.js'
import {
  active,
  CLIENT,
  clock,
  issuer,
  nowSeconds,
  raw,
  startEndpoint,
  startWorld,
} from './support/endpoint.js'

const ALL = { tokens: 'all' } as const
const statusOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 200,
    (error: unknown) => (error as { status: number }).status,
  )

describe('a JWT that is asked about too', () => {
  test('is good while the answer is active, also when the token is remembered', async () => {
    const { ask, endpoint } = await startWorld(ALL)
    const token = await issuer.token({ scope: 'read' })
    endpoint.reply({ active: true })
    for (let i = 0; i < 3; i++) expect((await ask({ token })).status).toBe(200)
    expect(endpoint.asked).toHaveLength(1)
    expect(endpoint.asked[0]?.form.get('token')).toBe(token)
    endpoint.reply({ active: false })
    clock.advance(60)
    expect((await ask({ token })).status).toBe(401)
  })

  test('keeps its own claims and header', async () => {
    const { api, endpoint } = await startWorld(ALL)
    endpoint.reply(active({ scope: 'admin', tenant: 7 }))
    const principal = await api.verify(await issuer.token({ scope: 'read' }))
    expect(principal).toMatchObject({ subject: 'user-1', scopes: ['read'], header: { alg: 'RS256' } })
    expect(principal.claims).not.toHaveProperty('tenant')
  })

  test.each<[string, object]>([
    ['is not active', { active: false }],
    ['is of another issuer', { active: true, iss: 'https://elsewhere.test' }],
    ['is for another API', { active: true, aud: 'https://elsewhere.test' }],
    ['is expired', { active: true, exp: 1 }],
    ['is a refresh token', { active: true, token_type: 'refresh_token' }],
    ['is bound to a key', { active: true, token_type: 'DPoP' }],
    ['is bound to a key that it names', { active: true, token_type: 'DPoP', cnf: { jkt: 'k' } }],
    ['is bound to a certificate', { active: true, cnf: { 'x5t#S256': 'c' } }],
    ['is bound in an unknown way', { active: true, cnf: null }],
    ['is of another user', { active: true, sub: 'somebody-else' }],
    ['was issued to another client', { active: true, client_id: 'another-client' }],
    ['is another token', { active: true, jti: 'another-id' }],
    ['is used by another actor', { active: true, act: { sub: 'another-service' } }],
    ['is of another login', { active: true, acr: '0' }],
    ['is of an earlier login', { active: true, auth_time: 1 }],
  ])('is refused if the answer says that it %s', async (_, reply) => {
    const { ask, endpoint } = await startWorld(ALL)
    endpoint.reply(reply)
    const claims = { scope: 'read', act: { sub: 'a-service' }, acr: '1', auth_time: nowSeconds() }
    expect((await ask({ token: await issuer.token(claims) })).status).toBe(401)
  })

  test('is good if the answer repeats what it says, in other words for the client, or says nothing', async () => {
    const { api, endpoint } = await startWorld(ALL)
    const claims = { act: { sub: 'a', act: { sub: 'b' } }, acr: '1', client_id: undefined, azp: 'client-1' }
    for (const reply of [
      { ...claims, client_id: 'client-1' },
      { act: null, acr: null, client_id: '' },
    ]) {
      endpoint.reply({ active: true, ...reply })
      expect((await api.verify(await issuer.token(claims))).clientId).toBe('client-1')
    }
  })

  test.each<[Record<string, unknown>, object, Partial<ResourceServerOptions>?]>([
    [{ tenant: 'acme' }, { tenant: 'Acme Ltd' }, { requiredClaims: { tenant: ['acme'] } }],
    [{ tenant: 'acme' }, { tenant: null }, { requiredClaims: { tenant: ['acme'] } }],
    [{ roles: ['a'] }, { roles: null }, { requiredClaims: ['roles'] }],
    [{}, { at_hash: 'x', c_hash: 'x', events: {} }, {}],
    [{}, { sub: null, client_id: null, jti: null, iat: null }, { maxTokenAgeSeconds: 600 }],
    [{ sub: '' }, { sub: 7 }, {}],
    [{ at_hash: 'x', events: {}, typ: 'ID', token_use: 'id' }, {}, { profile: 'at+jwt' }],
    [{ aud: ['https://api.test', 'https://elsewhere.test'] }, { aud: 'https://api.test' }, {}],
  ])(
    'that passed its own rules is good, whatever else the answer says: %p, and the answer %p',
    async (...row) => {
      const [claims, reply, options] = row
      const { api, endpoint } = await startWorld(ALL, options)
      endpoint.reply({ active: true, ...reply })
      expect((await api.verify(await issuer.token(claims))).claims).toMatchObject(claims)
      expect(endpoint.asked).toHaveLength(1)
    },
  )

  const otherClaim = { ...(issuer.options.issuer as IssuerOptions), audienceClaim: 'resource' }
  test.each<[Record<string, unknown>, object, Partial<ResourceServerOptions>]>([
    [{}, { iat: nowSeconds() - 1000 }, { maxTokenAgeSeconds: 600 }],
    [{}, { exp: null }, {}],
    [{}, { nbf: nowSeconds() + 1000 }, {}],
    [{}, { aud: null }, {}],
    [{}, { resource: 'https://elsewhere.test' }, { issuer: otherClaim }],
    [{}, { typ: 'ID' }, {}],
    [{}, { token_use: 'refresh' }, { profile: 'at+jwt' }],
    [{ typ: 'ID' }, { typ: 'ID' }, { profile: 'at+jwt' }],
    [{ token_use: 'refresh' }, { token_use: 'refresh' }, {}],
    [{ token_use: 'id_token' }, {}, {}],
  ])(
    'is refused for what the answer says of time, API and kind of token: %p, and the answer %p',
    async (...row) => {
      const [claims, reply, options] = row
      const { api, endpoint } = await startWorld(ALL, options)
      const token = await issuer.token({ resource: issuer.audience, ...claims })
      endpoint.reply({ active: true, ...reply })
      await expect(api.verify(token)).rejects.toMatchObject({ status: 401 })
    },
  )

  const app = { client_id: undefined, azp: 'app' }
  test.each<[Record<string, unknown>, object, number, ResourceServerOptions['clientId']]>([
    [{ client_id: 'app' }, { azp: 'other' }, 401, undefined],
    [{ client_id: 'app' }, { cid: 'other' }, 401, undefined],
    [{ client_id: 'app' }, { appid: 'app' }, 200, undefined],
    [app, { cid: 'other' }, 401, undefined],
    [app, { client_id: 'app', azp: 'other' }, 401, undefined],
    [app, { client_id: 'app', azp: null }, 200, undefined],
    [app, { azp: null }, 200, undefined],
    [{ client_id: 'svc', azp: 'app' }, { azp: 'app' }, 200, undefined],
    [{ client_id: 'svc', azp: 'app' }, { cid: 'app' }, 401, undefined],
    [{ tenant_client: 'T1', client_id: 'c1' }, { client_id: 'c1' }, 200, ['tenant_client', 'client_id']],
    [{ tenant_client: 'T1', client_id: 'c1' }, { client_id: 'c2' }, 401, ['tenant_client', 'client_id']],
    [{ app_id: 'A' }, { app_id: 'B' }, 401, 'app_id'],
    [{ app_id: 'A' }, { app_id: 'A' }, 200, 'app_id'],
    [{ app: { id: 'A' } }, { azp: 'other' }, 200, ({ app }) => (app as { id: string }).id],
    [{ app: { id: 'A' } }, { app: { id: 'B' } }, 401, ({ app }) => (app as { id: string }).id],
  ])('names its client in any claim: %p, and the answer %p → %i', async (claims, reply, status, clientId) => {
    const { api, endpoint } = await startWorld(ALL, { clientId })
    endpoint.reply({ active: true, ...reply })
    expect(await statusOf(api.verify(await issuer.token(claims)))).toBe(status)
  })

  test.each([
    ['access', {}],
    ['access', { token_type: 'Bearer' }],
    ['access', { token_type: 'bearer' }],
    ['DPoP', {}],
    [7, {}],
  ])('is good whatever token_type the JWT itself has: %p, and the answer %p', async (token_type, reply) => {
    const { ask, endpoint } = await startWorld(ALL)
    endpoint.reply({ active: true, ...reply })
    expect((await ask({ token: await issuer.token({ scope: 'read', token_type }) })).status).toBe(200)
  })

  test('is refused if it calls itself a refresh token, and the answer does not say otherwise', async () => {
    const { ask, endpoint } = await startWorld(ALL)
    for (const [reply, status] of [
      [{}, 401],
      [{ token_type: 'Bearer' }, 200],
    ] as const) {
      endpoint.reply({ active: true, ...reply })
      const token = await issuer.token({ scope: 'read', token_type: 'refresh' })
      expect((await ask({ token })).status).toBe(status)
    }
  })

  test.each([{ token_type: 'refresh_token' }, { token_type: 'DPoP' }, { token_type: 7 }])(
    'is refused by the token_type of the answer, whatever its own: %p',
    async (reply) => {
      const { ask, endpoint } = await startWorld(ALL)
      endpoint.reply({ active: true, ...reply })
      const token = await issuer.token({ scope: 'read', token_type: 'Bearer' })
      expect((await ask({ token })).status).toBe(401)
    },
  )

  test('that is bound to a key is refused if the answer calls it a Bearer token', async () => {
    const { api, endpoint } = await startWorld(ALL, {
      confirmation: dpop({ publicUrl: 'https://api.test', clock }),
    })
    const client = new Client()
    const cnf = { jkt: client.thumbprint }
    const send = async (reply: object) => {
      endpoint.reply({ active: true, ...reply })
      const token = await issuer.token({ cnf })
      const proof = client.proof(token, 'GET', 'https://api.test/', nowSeconds())
      const headers = { authorization: `DPoP ${token}`, dpop: proof }
      return statusOf(api.authenticate({ method: 'GET', url: '/', headers }))
    }
    expect(await send({ token_type: 'Bearer' })).toBe(401)
    expect(await send({ token_type: 'Bearer', cnf: {} })).toBe(401)
    expect(await send({ token_type: 'DPoP' })).toBe(200)
    expect(await send({})).toBe(200)
  })

  test('is 503 if nobody can say', async () => {
    const { ask, endpoint } = await startWorld(ALL)
    endpoint.reply(raw(500))
    expect((await ask({ token: await issuer.token({ scope: 'read' }) })).status).toBe(503)
  })

  test('is not asked about if it is refused here', async () => {
    const { ask, endpoint } = await startWorld(ALL)
    endpoint.reply(active())
    expect((await ask({ token: await issuer.token({ aud: 'https://elsewhere.test' }) })).status).toBe(401)
    expect(endpoint.asked).toEqual([])
  })

  test('of another issuer is not shown to this one', async () => {
    const other = createTestIssuer({ clock, issuer: 'https://second.test' })
    const endpoint = await startEndpoint()
    const opaque = introspection({ ...ALL, endpoint: endpoint.url, client: CLIENT, issuer: issuer.issuer })
    const trusted = [issuer, other].map(({ options }) => options.issuer as never)
    const api = resourceServer({ ...issuer.options, clock, issuer: trusted, opaque })
    expect((await api.verify(await other.token())).issuer).toBe('https://second.test')
    expect(endpoint.asked).toEqual([])
  })

  test('an opaque token is asked about once', async () => {
    const { ask, endpoint } = await startWorld({ ...ALL, cache: { maxSeconds: 0 } })
    endpoint.reply(active())
    expect((await ask({ token: 't' })).status).toBe(200)
    expect(endpoint.asked).toHaveLength(1)
  })
})

describe('a JWT whose answer states a key', () => {
  const [client, other] = [new Client(), new Client()]
  const setUp = async (confirmation?: ResourceServerOptions['confirmation']) => {
    const { api, endpoint } = await startWorld(
      { ...ALL, cache: { maxSeconds: 0 }, negativeSeconds: 0 },
      {
        confirmation,
      },
    )
    const send = async (scheme: string, claims: object, cnf: object) => {
      endpoint.reply({ active: true, cnf })
      const token = await issuer.token({ ...claims })
      const proof = client.proof(token, 'GET', 'https://api.test/', nowSeconds())
      const headers = { authorization: `${scheme} ${token}`, dpop: proof }
      return api.authenticate({ method: 'GET', url: '/', headers }).then(
        ({ principal }) => principal.scheme,
        (thrown: unknown) => (thrown as UnauthorizedError).status,
      )
    }
    return { api, endpoint, send }
  }
  const byKey = () => dpop({ publicUrl: 'https://api.test', clock })
  const byCertificate = () => mtls({ certificate: () => undefined })
  const bound = { cnf: { jkt: client.thumbprint } }

  test.each([
    ['no method', undefined],
    ['dpop()', byKey],
    ['mtls()', byCertificate],
  ])('is refused as Bearer and by verify() with %s', async (_, method) => {
    const { api, endpoint, send } = await setUp(method?.())
    for (const cnf of [{ jkt: client.thumbprint }, { 'x5t#S256': 'c' }])
      expect(await send('Bearer', {}, cnf)).toBe(401)
    endpoint.reply({ active: true, ...bound })
    await expect(api.verify(await issuer.token())).rejects.toMatchObject({ status: 401 })
  })

  test('is good with a proof by that key only if the JWT names it too', async () => {
    const { send } = await setUp(byKey())
    expect(await send('DPoP', bound, { jkt: client.thumbprint })).toBe('DPoP')
    expect(await send('DPoP', bound, { jkt: other.thumbprint })).toBe(401)
    expect(await send('DPoP', bound, { jkt: client.thumbprint, 'x5t#S256': 'c' })).toBe(401)
    expect(await send('DPoP', {}, { jkt: client.thumbprint })).toBe(401)
  })
})

test('an opaque token that is bound to a key needs a proof by this key', async () => {
  const client = new Client()
  const confirmation = dpop({ publicUrl: 'https://api.test', clock })
  const { api, endpoint } = await startWorld({}, { confirmation })
  endpoint.reply(active({ token_type: 'DPoP', cnf: { jkt: client.thumbprint } }))
  const send = (scheme: string, by: Client) => {
    const proof = by.proof('t', 'GET', 'https://api.test/', nowSeconds())
    return api.authenticate({
      method: 'GET',
      url: '/',
      headers: { authorization: `${scheme} t`, dpop: proof },
    })
  }
  expect((await send('DPoP', client)).principal).toMatchObject({ scheme: 'DPoP', subject: 'user-1' })
  await expect(send('DPoP', new Client())).rejects.toMatchObject({ status: 401 })
  await expect(send('Bearer', client)).rejects.toMatchObject({ code: 'ERR_CONFIRMATION_MISMATCH' })
})

test('calls show their start, end and failure on a tracing channel, without claims', async () => {
  const channel = tracingChannel<unknown, IntrospectionTrace>('express-resource-server:introspection')
  const seen: [string, unknown][] = []
  const note = (name: string) => (message: object) => void seen.push([name, { ...message }])
  const subscribers = {
    start: note('start'),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: note('end'),
    error: note('error'),
  }
  const { api, endpoint } = await startWorld()
  channel.subscribe(subscribers)
  try {
    endpoint.reply(active({ sub: 'canary' }))
    await api.verify('t')
    endpoint.reply(raw(500))
    await api.verify('u').catch(() => undefined)
  } finally {
    channel.unsubscribe(subscribers)
  }
  expect(seen.map(([name]) => name)).toEqual(['start', 'end', 'start', 'error', 'end'])
  expect(seen[0]?.[1]).toEqual({ issuer: issuer.issuer })
  expect(JSON.stringify(seen)).not.toContain('canary')
})
