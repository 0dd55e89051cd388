/** Opaque tokens that are bound to a certificate: RFC 8705 §3.2. A verifier stands in for introspection. */
import express from 'express'
import request from 'supertest'
import { mtls } from 'express-resource-server/mtls'
import { parseOptions } from '../../lib/core/options/server.js'
import { assemble } from '../../lib/core/server/assemble.js'
import type { MakeVerifier } from '../../lib/core/server/settings.js'
import { verifiedToken } from '../../lib/core/token/verifier.js'
import { expose } from '../../lib/express/resource-server.js'
import { certify } from './support/certificates.js'
import type { Certified } from './support/certificates.js'
import { issuer } from './support/tls-api.js'

let client: Certified
let other: Certified

beforeAll(async () => {
  client = await certify()
  other = await certify()
})

/** Answers for every opaque token, as an introspection endpoint would. */
const introspecting =
  (claims: () => Record<string, unknown>): MakeVerifier =>
  ({ issuers }) => ({
    handles: (token) => token.startsWith('opaque'),
    verify: async (token) =>
      verifiedToken({
        token,
        issuer: await issuers.trusted(issuer.issuer),
        header: undefined,
        claims: claims(),
        output: claims(),
        registered: {
          subject: 'ann',
          clientId: undefined,
          jti: undefined,
          audience: [issuer.audience],
          audiences: [],
          expiresAt: 5_000_000_000,
          notBefore: undefined,
          issuedAt: undefined,
        },
        recheck: () => 'good',
        isStillGood: () => true,
      }),
  })

function appFor(confirmation = [mtls({ certificate: () => client.der })]): express.Express {
  const settings = parseOptions({ ...issuer.options, confirmation })
  const verifier = introspecting(() => ({ sub: 'ann', cnf: { 'x5t#S256': client.thumbprint } }))
  const app = express()
  app.use(expose(assemble({ ...settings, verifiersAfter: [verifier] })))
  app.get('/', (req, res) => void res.json(req.auth?.subject))
  return app
}

const ask = (app: express.Express) => request(app).get('/').set('authorization', 'Bearer opaque')

test('an opaque token is good with its certificate', async () => {
  await ask(appFor()).expect(200, '"ann"')
})

test.each<[string, () => ReturnType<typeof mtls>[]]>([
  ['another certificate', () => [mtls({ certificate: () => other.der })]],
  ['none', () => [mtls()]],
  ['no method', () => []],
])('an opaque token is refused with %s [MTL-016] → 401 invalid_token', async (_title, methods) => {
  const app = appFor(methods())
  for (let i = 0; i < 2; i++) {
    const { headers } = await ask(app).expect(401)
    expect(headers['www-authenticate']).toContain('error="invalid_token"')
  }
})
