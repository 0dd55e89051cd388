/**
 * A child process: sets members on Object.prototype and reports which bad tokens are accepted then.
 */
import { createTestIssuer } from '../../lib/testing/index.js'
import { requireClaim, requireRoles, requireScopes, resourceServer } from '../../lib/index.js'
import type { ResourceServerOptions } from '../../lib/index.js'

const issuer = createTestIssuer()
const other = createTestIssuer()
const now = Math.floor(Date.now() / 1000)

/** Members that an attacker, or a careless merge, may leave on every object. */
const POLLUTION: Readonly<Record<string, unknown>> = {
  alg: 'none',
  kid: 'rs256-1',
  typ: 'at+jwt',
  iss: issuer.issuer,
  aud: issuer.audience,
  exp: now + 3600,
  nbf: 0,
  iat: now,
  sub: 'admin',
  client_id: 'admin',
  jti: 'j',
  scope: 'admin',
  scp: ['admin'],
  roles: ['admin'],
  act: { sub: 'admin' },
  azp: 'admin',
  tenant: 't',
  jwk: other.jwks.keys[0],
  keys: other.jwks.keys,
  kty: 'oct',
  k: '',
  use: 'sig',
  secret: 'x'.repeat(64),
  jwks: other.jwks,
  jwksUri: 'https://attacker.test/jwks',
  algorithms: ['HS256'],
  audience: 'https://attacker.test',
  dangerouslyAcceptAnyAudience: true,
  dangerouslyReportOnly: true,
  optional: true,
  profile: 'jwt',
  clockToleranceSeconds: 300,
  checks: new Map(),
  hint: 'evil',
  expected: 'evil',
  sources: 'evil',
  path: ['scope'],
  cause: 'evil',
  detail: 'evil',
  hash: 'sha1',
  pss: true,
  pooled: true,
  crv: 'P-256',
  signatureBytes: 1,
  0: 'admin',
  '': 'admin',
}

const options: ResourceServerOptions = { ...issuer.options, profile: 'at+jwt', requiredClaims: ['tenant'] }
const good = { tenant: 't' }
const unsigned = `${encode({ typ: 'at+jwt' })}.${(await issuer.token(good)).split('.')[1] ?? ''}.AAAA`

const bad: Readonly<Record<string, string>> = {
  'no alg': unsigned,
  'another key': await other.token({ ...good, iss: issuer.issuer }),
  'no typ': await issuer.token({ ...good, header: { typ: undefined } }),
  'no required claim': await issuer.token(),
  ...Object.fromEntries(
    await Promise.all(
      ['iss', 'aud', 'exp', 'iat', 'sub', 'client_id', 'jti'].map(async (name) => [
        `no ${name}`,
        await issuer.token({ ...good, [name]: undefined }),
      ]),
    ),
  ),
  expired: await issuer.token({ ...good, exp: now - 60 }),
  'wrong audience': await issuer.token({ ...good, aud: 'https://other.test' }),
}
const plain = await issuer.token(good)
const anonymous = await issuer.token({ sub: undefined, client_id: undefined, iat: undefined, jti: undefined })

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const guards = [requireScopes('other'), requireRoles('other'), requireClaim('other', 'value')]

const opened: string[] = []
const shut: string[] = []

/**
 * Records bad tokens that are accepted, rights of a good token beyond its claims, and whether it is
 * refused.
 */
async function examine(pollution: string): Promise<void> {
  const server = resourceServer(options)
  for (const [name, token] of Object.entries(bad)) {
    await server.verify(token).then(
      () => opened.push(`${pollution}: ${name}`),
      () => undefined,
    )
  }
  const bare = await resourceServer(issuer.options).verify(anonymous)
  const { subject, clientId, issuedAt, actor, scopes, roles } = bare
  const granted = [subject, clientId, issuedAt, actor, ...scopes, ...roles].filter(
    (value) => value !== undefined,
  )
  if (granted.length > 0) opened.push(`${pollution}: ${JSON.stringify(granted)}`)
  const principal = await server.verify(plain).catch(() => undefined)
  const refusals = guards.map((guard) => {
    try {
      if (principal !== undefined) guard.check(principal, { headers: {} })
      return 'passed'
    } catch (error) {
      return String((error as { status?: unknown }).status)
    }
  })
  if (principal === undefined) shut.push(pollution)
  else if (refusals.some((status) => status !== '403')) opened.push(`${pollution}: ${refusals.join()}`)
  else if (
    principal.hasScope('admin') ||
    principal.roles.includes('admin') ||
    principal.subject === 'admin'
  ) {
    opened.push(`${pollution}: admin`)
  }
}

await examine('nothing')
for (const [name, value] of Object.entries(POLLUTION)) {
  Object.defineProperty(Object.prototype, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  })
  await examine(name)
  Reflect.deleteProperty(Object.prototype, name)
}
process.stdout.write(JSON.stringify({ names: Object.keys(POLLUTION), opened, shut }))
