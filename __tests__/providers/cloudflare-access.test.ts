import express from 'express'
import request from 'supertest'
import { resourceServer } from 'express-resource-server'
import { cloudflareAccess } from 'express-resource-server/providers'
import {
  changed,
  clock,
  mint,
  providerFetch,
  publishedKey,
  testMistakes,
  testTokens,
} from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const TEAM = 'https://example.cloudflareaccess.com'
const TAG = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'
const OTHER_TAG = '97e2aaE120121f902df8bc99fc345913ab186d174f3079ea729236766b2e7c4a'.toLowerCase()
const SERVICE = 'e367826f93b8d71185e03fe518aff3b4.access'

const documents = {
  [`${TEAM}/cdn-cgi/access/certs`]: {
    keys: [publishedKey()],
    public_cert: { kid: 'key-1', cert: '-----BEGIN CERTIFICATE-----' },
    public_certs: [{ kid: 'key-1', cert: '-----BEGIN CERTIFICATE-----' }],
  },
}

const user: TokenShape = {
  claims: {
    aud: [TAG],
    email: 'jane@example.com',
    nbf: 1_749_999_000,
    iss: TEAM,
    type: 'app',
    identity_nonce: '6ei69kawdKzMIAPF',
    sub: '7335d417-61da-459d-899c-0a01c76a2f94',
    country: 'US',
    policy_id: '5d2a1b9c-0a01-459d-899c-7335d41761da',
  },
}

const service: TokenShape = {
  claims: { type: 'app', aud: TAG, iss: TEAM, common_name: SERVICE, sub: '' },
}

const session: TokenShape = {
  claims: { ...user.claims, type: 'org', aud: OTHER_TAG },
}

const issuer = cloudflareAccess({ team: 'example', audienceTag: TAG })

testTokens('A server behind Cloudflare Access', {
  issuer,
  server: { acceptTokenFrom: { header: 'cf-access-jwt-assertion' } },
  documents,
  accepted: [
    ['the token of a user', user, { subject: '7335d417-61da-459d-899c-0a01c76a2f94', scopes: [] }],
    ['a service token, which has no subject', service, { clientId: SERVICE }],
  ],
  refused: [
    [
      'a token for another application',
      changed(user, { aud: [OTHER_TAG] }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    ['a global session token', session, { code: 'ERR_AUDIENCE_MISMATCH' }],
    ['a global session token with the tag', changed(session, { aud: [TAG] }), { code: 'ERR_CLAIMS_REFUSED' }],
    [
      'a token of another team',
      changed(user, { iss: 'https://other.cloudflareaccess.com' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    [
      'an ID token of Access as an identity provider',
      changed(user, { aud: 'client-1', type: undefined, nonce: 'bm9uY2U' }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
  ],
})

test('The token is read from the header that Access adds, and only from there', async () => {
  const app = express()
  const acceptTokenFrom = { header: 'cf-access-jwt-assertion' }
  app.use(resourceServer({ issuer, clock, fetch: await providerFetch(documents), acceptTokenFrom }))
  app.get('/', (req, res) =>
    res.json({ subject: req.auth?.subject ?? null, client: req.auth?.clientId ?? null }),
  )
  await request(app)
    .get('/')
    .set('Cf-Access-Jwt-Assertion', mint(service))
    .expect(200, { subject: null, client: SERVICE })
  await request(app)
    .get('/')
    .set('Cookie', `CF_Authorization=${mint(user)}`)
    .expect(401)
  await request(app).get('/').auth(mint(user), { type: 'bearer' }).expect(401)
})

describe('cloudflareAccess()', () => {
  testMistakes(cloudflareAccess, [
    ['no object', TAG, "cloudflareAccess: must be an object, such as { team: 'example'"],
    ['no team', { audienceTag: TAG }, 'cloudflareAccess.team: is required'],
    [
      'the team domain',
      { team: 'example.cloudflareaccess.com', audienceTag: TAG },
      'team: is the team domain',
    ],
    ['its URL', { team: TEAM, audienceTag: TAG }, 'team: is the team domain'],
    [
      'the domain of the application',
      { team: 'app.example.com', audienceTag: TAG },
      'team: is a domain or a URL',
    ],
    ['no tag', { team: 'example' }, 'cloudflareAccess.audienceTag: is required'],
    [
      'the URL of the application',
      { team: 'example', audienceTag: 'https://app.example.com' },
      'audienceTag: is a URL',
    ],
    [
      'the id of the application',
      { team: 'example', audienceTag: '7335d417-61da-459d-899c-0a01c76a2f94' },
      'audienceTag: must be an audience tag',
    ],
  ])
})
