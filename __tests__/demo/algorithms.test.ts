import express from 'express'
import { resourceServer } from 'express-resource-server'
import request from 'supertest'
import { discoverEndpoints, requestToken } from '../../demo/client.js'
import { ALGORITHMS, client, SECRET, toResource } from './support/algorithms.js'
import type { Child } from './support/child.js'
import { PATIENCE_MS, run } from './support/child.js'

jest.setTimeout(PATIENCE_MS)

let authorizationServer: Child
let issuer: string

beforeAll(async () => {
  authorizationServer = run('__tests__/demo/support/every-algorithm.ts')
  ;[, issuer = ''] = await authorizationServer.until(/^issuer (\S+)$/m)
})

afterAll(() => authorizationServer.interrupt())

async function obtainToken(algorithm: string) {
  const endpoints = await discoverEndpoints(issuer)
  const wanted = { resource: toResource(algorithm), scope: 'orders:read' }
  const { body } = await requestToken(endpoints.token, wanted, { clientId: client.id, secret: client.secret })
  return String(body.access_token)
}

function protectedApp(algorithm: (typeof ALGORITHMS)[number]) {
  const protection = resourceServer({
    issuer: algorithm === 'HS256' ? { issuer, secret: SECRET } : issuer,
    audience: toResource(algorithm),
    algorithms: [algorithm],
  })
  return express().use(protection, (req, res) => void res.json(req.auth?.header))
}

/** Flips a bit near the middle. Header and payload stay JSON, so that only the signature is wrong. */
function flipOneBit(token: string, part: number) {
  const parts = token.split('.')
  const bytes = Buffer.from(parts[part] ?? '', 'base64url')
  const isText = part < 2
  for (let at = bytes.length >> 1; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes)
    flipped[at]! ^= 1
    if (isText && !isJson(flipped.toString())) continue
    return parts.with(part, flipped.toString('base64url')).join('.')
  }
  throw new Error('No bit can be flipped')
}

function isJson(text: string) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe.each(ALGORITHMS)('a token of oidc-provider signed with %s', (algorithm) => {
  test('opens a protected route', async () => {
    const token = await obtainToken(algorithm)

    const { status, body } = await request(protectedApp(algorithm)).get('/').auth(token, { type: 'bearer' })

    expect({ status, body }).toMatchObject({ status: 200, body: { alg: algorithm, typ: 'at+jwt' } })
  })

  test.each([
    ['header', 0],
    ['payload', 1],
    ['signature', 2],
  ])('does not with one flipped bit in its %s', async (_part, index) => {
    const token = flipOneBit(await obtainToken(algorithm), index)

    const { status, body } = await request(protectedApp(algorithm)).get('/').auth(token, { type: 'bearer' })

    expect({ status, body }).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })
})
