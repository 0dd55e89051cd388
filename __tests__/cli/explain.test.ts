/** `explain` names the true cause of each refusal, with real issuers on loopback. */
import { closedPort } from '../support/http.js'
import { faults, KeyServer, signingKey } from '../support/key-server.js'
import { selfSigned } from '../support/tls.js'
import { run, runJson } from './support/run.js'

const AUDIENCE = 'https://api.test'
const now = (): number => Math.floor(Date.now() / 1000)
const GOOD = { scope: 'orders:read', client_id: 'client-1', jti: 'token-1' }

let issuer: KeyServer
beforeEach(async () => {
  issuer = await KeyServer.listen()
})
afterEach(() => issuer.close())

const token = (claims: object = {}, header: Record<string, unknown> = {}): string =>
  issuer.token(undefined, { claims: { ...GOOD, ...claims }, header })

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

interface Case {
  /** What was set up wrongly. */
  readonly title: string
  /** Changes the issuer. */
  readonly arrange?: () => void
  readonly stdin?: () => string
  /** The default names this issuer and audience. */
  readonly issuer?: () => string | Promise<string>
  readonly audience?: string
  readonly args?: () => readonly string[]
  readonly step: string
  readonly code: string
  readonly hint?: string
  /** In the text, besides code and hint. */
  readonly says: RegExp | (() => RegExp)
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

const cases: readonly Case[] = [
  {
    title: 'the audience of another API',
    audience: 'https://other.test',
    step: 'audience',
    code: 'ERR_AUDIENCE_MISMATCH',
    says: /Expected: "https:\/\/other\.test"[^]*\n-> See `aud` by: npx express-resource-server decode\n/,
  },
  {
    title: 'a trailing slash on the audience',
    audience: `${AUDIENCE}/`,
    step: 'audience',
    code: 'ERR_AUDIENCE_MISMATCH',
    hint: 'audience_trailing_slash',
    says: /ERR_AUDIENCE_MISMATCH \(audience_trailing_slash\)\nProbably: [^]*Write: audience: 'https:\/\/api\.test'\n/,
  },
  {
    title: "Keycloak's audience account",
    stdin: () => token({ aud: 'account' }),
    step: 'audience',
    code: 'ERR_AUDIENCE_MISMATCH',
    hint: 'audience_account',
    says: /audience mapper/,
  },
  {
    title: 'the id of an application in place of its URI',
    stdin: () => token({ aud: '0b1c' }),
    audience: 'api://0b1c',
    step: 'audience',
    code: 'ERR_AUDIENCE_MISMATCH',
    hint: 'audience_app_id_uri',
    says: /Write: audience: '0b1c'/,
  },
  {
    title: 'no audience in the token',
    stdin: () => token({ aud: undefined }),
    step: 'audience',
    code: 'ERR_CLAIM_MISSING',
    hint: 'audience_missing',
    says: /audienceClaim/,
  },
  {
    title: 'a trailing slash on the issuer',
    issuer: () => `${issuer.issuer}/`,
    step: 'issuer',
    code: 'ERR_ISSUER_UNKNOWN',
    hint: 'issuer_trailing_slash',
    says: () => new RegExp(`Write: issuer: '${escaped(issuer.issuer)}'`),
  },
  {
    title: 'localhost in place of 127.0.0.1',
    issuer: () => issuer.issuer.replace('127.0.0.1', 'localhost'),
    step: 'issuer',
    code: 'ERR_ISSUER_UNKNOWN',
    hint: 'issuer_local_name',
    says: /localhost/,
  },
  {
    title: 'the issuer as a .well-known URL',
    issuer: () => `${issuer.issuer}/.well-known/openid-configuration`,
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /Write the issuer, which ends before \/\.well-known\//,
  },
  {
    title: 'common of Entra ID',
    issuer: () => 'https://login.microsoftonline.com/common/v2.0',
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /write the id of your tenant in place of common/,
  },
  {
    title: 'plain http on a host that is not loopback',
    issuer: () => 'http://keycloak:8080/realms/shop',
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /dangerouslyAllowInsecureHttp/,
  },
  {
    title: 'an environment variable that is not set',
    audience: '',
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /audience: .*\n[^]*environment variable is not set/,
  },
  {
    title: 'white space around the audience',
    audience: `${AUDIENCE} `,
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /audience: begins or ends with white space/,
  },
  ...(['--scope', '--role'] as const).flatMap((option) =>
    ['', ' '].map((value): Case => ({
      title: `a variable that is not set behind ${option}, ${JSON.stringify(value)}, and an old token`,
      args: () => [option, value],
      stdin: () => token({ exp: now() - 3600 }),
      step: 'options',
      code: 'ERR_CONFIGURATION',
      says: value === '' || option === '--scope' ? /environment variable is not set/ : /requireRoles/,
    })),
  ),
  {
    title: 'an opaque token',
    stdin: () => 'v1.MRrtuLRzuWYaBvmlrHjnhPzKxc_PPlcT',
    step: 'form',
    code: 'ERR_TOKEN_MALFORMED',
    hint: 'opaque_token',
    says: /What to do:\n-> The client probably did not name this API[^]*\n-> Otherwise, if your issuer has introspection, write: opaque: introspection/,
  },
  {
    title: 'an encrypted token without decryption',
    stdin: () => `${encode({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })}.a.b.c.d`,
    step: 'form',
    code: 'ERR_TOKEN_MALFORMED',
    hint: 'encrypted_token',
    says: /decryption: jwe/,
  },
  {
    title: 'an expired token, while the clocks agree',
    stdin: () => token({ exp: now() - 3600 }),
    step: 'expiry',
    code: 'ERR_TOKEN_EXPIRED',
    says: /What to do:\n-> The token expired 1 hour ago\. Let the client get a new one\.\n-> node_modules[^]*The clocks of this machine and of the issuer agree/,
  },
  {
    title: 'a token that has just expired, while the clocks agree',
    stdin: () => token({ exp: now() - 200 }),
    step: 'expiry',
    code: 'ERR_TOKEN_EXPIRED',
    says: /What to do:\n-> The token expired 3 minutes ago\. Let the client get a new one\.\n-> node_modules/,
  },
  {
    title: 'a token that is valid soon, while the clocks agree',
    stdin: () => token({ nbf: now() + 290 }),
    step: 'not before',
    code: 'ERR_TOKEN_NOT_YET_VALID',
    says: /What to do:\n-> The token is valid in 4 minutes\.[^]*\n-> node_modules/,
  },
  {
    title: "Auth0's issuer, while the token's has no slash",
    issuer: () => 'https://shop.eu.auth0.com/',
    stdin: () => token({ iss: 'https://shop.eu.auth0.com' }),
    args: () => ['--jwks-uri', issuer.jwksUri],
    step: 'issuer',
    code: 'ERR_ISSUER_UNKNOWN',
    hint: 'issuer_trailing_slash',
    says: /What to do:\n-> Keep the slash: Auth0's issuers end with one, so the token was not issued by it\.[^\n]*\n-> See `iss` by: npx express-resource-server decode\n-> node_modules/,
  },
  {
    title: "Auth0's issuer without its slash",
    issuer: () => 'https://shop.eu.auth0.com',
    stdin: () => token({ iss: 'https://shop.eu.auth0.com/' }),
    args: () => ['--jwks-uri', issuer.jwksUri],
    step: 'issuer',
    code: 'ERR_ISSUER_UNKNOWN',
    hint: 'issuer_trailing_slash',
    says: /Write: issuer: 'https:\/\/shop\.eu\.auth0\.com\/'/,
  },
  {
    title: 'a clock that is ahead',
    arrange: () => {
      issuer.answer = (res) =>
        issuer.json(res, issuer.jwks, { date: new Date(Date.now() - 200_000).toUTCString() })
    },
    stdin: () => token({ exp: now() - 100 }),
    step: 'expiry',
    code: 'ERR_TOKEN_EXPIRED',
    hint: 'clock_skew',
    says: /The clock of this machine is (?:199|20\d) s ahead of that of the issuer/,
  },
  {
    title: 'a clock that is behind',
    arrange: () => {
      issuer.answer = (res) =>
        issuer.json(res, issuer.jwks, { date: new Date(Date.now() + 200_000).toUTCString() })
    },
    stdin: () => token({ nbf: now() + 150 }),
    step: 'not before',
    code: 'ERR_TOKEN_NOT_YET_VALID',
    hint: 'clock_skew',
    says: /The clock of this machine is (?:19\d|200) s behind that of the issuer/,
  },
  {
    title: 'a token that is not yet valid',
    stdin: () => token({ nbf: now() + 86_400 }),
    step: 'not before',
    code: 'ERR_TOKEN_NOT_YET_VALID',
    says: /clocks of this machine and of the issuer agree/,
  },
  {
    title: 'times in milliseconds',
    stdin: () => token({ exp: Date.now() + 300_000 }),
    step: 'claims',
    code: 'ERR_CLAIM_INVALID',
    hint: 'milliseconds',
    says: /seconds \(RFC 7519/,
  },
  {
    title: 'no expiry',
    stdin: () => token({ exp: undefined }),
    step: 'claims',
    code: 'ERR_CLAIM_MISSING',
    says: /Missing: exp/,
  },
  {
    title: 'an ID token',
    stdin: () => token({ aud: 'client-1', nonce: 'n', ...without(GOOD) }, { typ: 'JWT' }),
    step: 'kind',
    code: 'ERR_NOT_AN_ACCESS_TOKEN',
    hint: 'id_token',
    says: /send its access token/,
  },
  {
    title: 'an ID token for the profile at+jwt',
    stdin: () => token({ aud: 'client-1', nonce: 'n', ...without(GOOD) }, { typ: 'JWT' }),
    args: () => ['--profile', 'at+jwt'],
    step: 'type',
    code: 'ERR_TOKEN_TYPE',
    hint: 'id_token',
    says: /send its access token/,
  },
  {
    title: 'the profile at+jwt with an issuer of plain JWTs',
    stdin: () => token({}, { typ: 'JWT' }),
    args: () => ['--profile', 'at+jwt'],
    step: 'type',
    code: 'ERR_TOKEN_TYPE',
    hint: 'typ_not_at_jwt',
    says: /Leave out --profile/,
  },
  {
    title: 'the algorithm none',
    stdin: () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode({ iss: issuer.issuer })}.c2ln`,
    step: 'algorithm',
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    hint: 'unsigned_token',
    says: /sign its tokens/,
  },
  {
    title: 'HS256 without a secret',
    stdin: () => token({}, { alg: 'HS256' }),
    step: 'algorithm',
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    hint: 'symmetric_algorithm',
    says: /issuer: \{ issuer, secret \}/,
  },
  {
    title: 'an algorithm that is not among the allowed',
    args: () => ['--algorithms', 'RS256,ES256'],
    step: 'algorithm',
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    says: /Add the algorithm to `algorithms`/,
  },
  {
    title: 'an unknown kid',
    stdin: () => token({}, { kid: 'another' }),
    step: 'keys',
    code: 'ERR_KEY_UNKNOWN',
    says: /The issuer publishes: k1\./,
  },
  {
    title: 'keys that were rotated away',
    stdin: () => {
      const old = token()
      issuer.rotate('k2')
      return old
    },
    step: 'keys',
    code: 'ERR_KEY_UNKNOWN',
    says: /The issuer publishes: k2\.[^]*older than a change of keys/,
  },
  {
    title: 'a signature by another key under the same kid',
    stdin: () => issuer.token(signingKey('k1'), { claims: GOOD }),
    step: 'signature',
    code: 'ERR_SIGNATURE_INVALID',
    says: /signed by somebody else/,
  },
  {
    title: 'an empty key set',
    arrange: () => void (issuer.answer = faults.json({ keys: [] })),
    step: 'keys',
    code: 'ERR_KEYS_UNAVAILABLE',
    says: /is a key set without keys/,
  },
  {
    title: 'keys that are not found',
    arrange: () => void (issuer.answer = faults.status(404)),
    step: 'keys',
    code: 'ERR_KEYS_UNAVAILABLE',
    says: () => new RegExp(`${escaped(issuer.jwksUri)}: the answer is 404`),
  },
  {
    title: 'metadata of another issuer',
    arrange: () =>
      void (issuer.metadata = faults.json({ issuer: 'https://login.example.com', jwks_uri: issuer.jwksUri })),
    step: 'keys',
    code: 'ERR_KEYS_UNAVAILABLE',
    hint: 'discovery_issuer_mismatch',
    says: /names another issuer: https:\/\/login\.example\.com/,
  },
  {
    title: 'nothing at the well-known places',
    arrange: () => void (issuer.metadata = faults.status(404)),
    step: 'keys',
    code: 'ERR_KEYS_UNAVAILABLE',
    hint: 'discovery_not_found',
    says: /The issuer has no metadata at/,
  },
  {
    title: 'a DPoP-bound token without confirmation',
    stdin: () => token({ cnf: { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' } }),
    step: 'sender',
    code: 'ERR_CONFIRMATION_UNSUPPORTED',
    says: /bound for DPoP\. Write: confirmation: dpop/,
  },
  {
    title: 'a certificate-bound token without confirmation',
    stdin: () => token({ cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } }),
    step: 'sender',
    code: 'ERR_CONFIRMATION_UNSUPPORTED',
    says: /bound to a certificate\. Write: confirmation: mtls/,
  },
  {
    title: 'a missing scope',
    args: () => ['--scope', 'orders:write'],
    step: 'scopes and roles',
    code: 'ERR_SCOPE_INSUFFICIENT',
    says: /Expected: "orders:write"/,
  },
  {
    title: 'scopes in permissions',
    stdin: () => token({ scope: 'openid', permissions: ['orders:write'] }),
    args: () => ['--scope', 'orders:write'],
    step: 'scopes and roles',
    code: 'ERR_SCOPE_INSUFFICIENT',
    hint: 'scope_in_permissions',
    says: /What to do:\n-> Let the client request orders:write\n-> Or write: scopes: \['permissions', 'scope'\]\. Every client then gets all that its user may do\. /,
  },
  {
    title: 'a missing role',
    args: () => ['--role', 'admin'],
    step: 'scopes and roles',
    code: 'ERR_ROLE_INSUFFICIENT',
    says: /Expected: "admin"/,
  },
  {
    title: 'a role in another claim',
    stdin: () => token({ realm_access: { roles: ['admin'] } }),
    args: () => ['--role', 'admin'],
    step: 'scopes and roles',
    code: 'ERR_ROLE_INSUFFICIENT',
    hint: 'role_elsewhere',
    says: /Set `roles`/,
  },
  {
    title: 'a flattened path of claims',
    stdin: () => token({ realm_access: { roles: ['admin'] } }),
    args: () => ['--role', 'admin', '--roles-from', '["realm_access","roles"]'],
    step: 'scopes and roles',
    code: 'ERR_ROLE_INSUFFICIENT',
    hint: 'claim_path_flattened',
    says: /Write: roles: \{ path: \['realm_access', 'roles'\] \}/,
  },
  {
    title: 'a path of claims with dots',
    stdin: () => token({ realm_access: { roles: ['admin'] } }),
    args: () => ['--role', 'admin', '--roles-from', 'realm_access.roles'],
    step: 'scopes and roles',
    code: 'ERR_ROLE_INSUFFICIENT',
    hint: 'claim_path_flattened',
    says: /Write: roles: \{ path: \['realm_access', 'roles'\] \}/,
  },
  {
    title: 'Bearer in front of the token',
    stdin: () => `Bearer ${token()}`,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    hint: 'scheme_repeated',
    says: /store only the token/,
  },
  {
    title: 'the whole header',
    stdin: () => `Authorization: Bearer ${token()}`,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /The whole header was given/,
  },
  {
    title: 'quotes around the token',
    stdin: () => `"${token()}"\n`,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    hint: 'token_quoted',
    says: /The token is in quotes/,
  },
  {
    title: 'line breaks inside the token',
    stdin: () => token().replace(/.{76}/g, '$&\n'),
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /has line breaks inside/,
  },
  {
    title: 'two tokens',
    stdin: () => `${token()}\n${token({ sub: 'other' })}\n`,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /There are two tokens/,
  },
  {
    title: 'the answer of the token endpoint',
    stdin: () => JSON.stringify({ access_token: token(), token_type: 'Bearer' }),
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /its member access_token/,
  },
  ...['Bearer ', 'bearer:', 'Authorization: Bearer ', 'Authorization:', 'DPoP '].map((stdin): Case => ({
    title: `no token behind ${stdin}`,
    stdin: () => stdin,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    hint: 'token_placeholder',
    says: /What to do:\n-> Only the beginning of the header arrived/,
  })),
  ...['""', "''", '{"access_token":""}'].map((stdin): Case => ({
    title: `no token in ${stdin}`,
    stdin: () => stdin,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    hint: 'token_placeholder',
    says: /What to do:\n-> Nothing arrived/,
  })),
  {
    title: 'the answer of a token endpoint that refuses the client',
    stdin: () => JSON.stringify({ error: 'invalid_client', error_description: 'Wrong secret, sorry' }),
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /What to do:\n-> This is no token, but the answer of a token endpoint that refuses one/,
  },
  {
    title: 'the same token on two lines',
    stdin: () => `${token()}\n`.repeat(2),
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /What to do:\n-> The same token is there more than once/,
  },
  {
    title: 'DPoP in front of the token',
    stdin: () => `DPoP ${token({ cnf: { jkt: 'a'.repeat(43) } })}`,
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    says: /The token has "DPoP " in front[^]*refused again: 401 ERR_CONFIRMATION_UNSUPPORTED[^]*confirmation: dpop/,
  },
  {
    title: 'nothing',
    stdin: () => '\n',
    step: 'credentials',
    code: 'ERR_CREDENTIALS_MALFORMED',
    hint: 'token_placeholder',
    says: /Nothing arrived/,
  },
  {
    title: 'a variable that was not filled',
    stdin: () => 'undefined',
    step: 'form',
    code: 'ERR_TOKEN_MALFORMED',
    hint: 'token_placeholder',
    says: /Make the client wait until it has a token/,
  },
]

function without(claims: object): object {
  return Object.fromEntries(Object.keys(claims).map((name) => [name, undefined]))
}

async function argumentsOf({ issuer: named, audience = AUDIENCE, args }: Case): Promise<readonly string[]> {
  const given = named === undefined ? issuer.issuer : await named()
  return ['explain', '-', '--issuer', given, '--audience', audience, ...(args?.() ?? [])]
}

describe.each(cases)('$title', (row) => {
  test('is found, by step, code and hint, and the text says what to change', async () => {
    row.arrange?.()
    const stdin = row.stdin?.() ?? token()
    const args = await argumentsOf(row)
    const { code, report } = await runJson(args, { stdin })
    expect(report.refusal).toMatchObject({ step: row.step, code: row.code })
    expect(report.refusal.hint).toBe(row.hint)
    expect(report.steps.find((each: any) => each.step === row.step).outcome).toBe('refused')
    const text = await run(args, { stdin })
    expect([code, text.code, report.isAccepted]).toEqual([1, 1, false])
    expect(text.stdout).toMatch(typeof row.says === 'function' ? row.says() : row.says)
    expect(text.stdout).toContain(row.code)
    expect(text.stdout).toContain(
      `-> node_modules/express-resource-server/docs/errors.md#${row.code.toLowerCase()}\n`,
    )
    expect(text.stdout).not.toMatch(/see the hint|[ (]docs\/|Or a function in/i)
    const lines = text.stdout.split('\n').filter((line) => line.startsWith('-> '))
    expect(new Set(lines).size).toBe(lines.length)
    assertSecret(stdin, `${text.stdout}${text.stderr}${JSON.stringify(report)}`)
  })
})

/** Nothing of a token but what the user has configured. */
function assertSecret(stdin: string, output: string): void {
  for (const part of stdin.match(/[\w-]{20,}/g) ?? []) expect(output).not.toContain(part)
  expect(output).not.toMatch(/eyJ/)
  expect(output).not.toMatch(/client-1|token-1|"user"/)
}

test('an issuer whose host name does not exist is named', async () => {
  const args = ['explain', '-', '--issuer', 'https://login.invalid', '--audience', AUDIENCE]
  const { report } = await runJson(args, {
    stdin: issuer.token(undefined, { claims: { iss: 'https://login.invalid' } }),
  })
  expect(report.refusal.code).toBe('ERR_KEYS_UNAVAILABLE')
  expect(report.issuer[0].code).toMatch(/^dns_/)
})

test('an issuer that refuses connections is named', async () => {
  const named = `http://127.0.0.1:${await closedPort()}`
  const args = ['explain', '-', '--issuer', named, '--audience', AUDIENCE]
  const { report } = await runJson(args, { stdin: issuer.token(undefined, { claims: { iss: named } }) })
  expect(report.refusal).toMatchObject({ step: 'keys', code: 'ERR_KEYS_UNAVAILABLE' })
  expect(report.issuer[0]).toMatchObject({ step: 'discovery', code: 'refused' })
})

test('a self-signed certificate is named', async () => {
  const secure = await KeyServer.listen(selfSigned)
  const args = ['explain', '-', '--issuer', secure.issuer, '--audience', AUDIENCE]
  const { report } = await runJson(args, { stdin: secure.token() })
  expect(report.refusal.code).toBe('ERR_KEYS_UNAVAILABLE')
  expect(report.issuer[0].code).toBe('certificate_self_signed')
  await secure.close()
})

test('a good token is accepted, with each step passed', async () => {
  const args = ['explain', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--scope', 'orders:read']
  const { code, report } = await runJson(args, { stdin: `${token()}\n` })
  expect(code).toBe(0)
  expect(report).toMatchObject({ command: 'explain', isAccepted: true, further: [], issuer: [] })
  expect(new Set(report.steps.map(({ outcome }: any) => outcome))).toEqual(new Set(['passed']))
  expect((await run(args, { stdin: token() })).stdout).toMatch(
    /\nAccepted\.\nJudged by the options given here: an application with a preset or other options may decide otherwise\.\n$/,
  )
})

test('what would refuse the token next is said at once', async () => {
  const args = [
    'explain',
    '-',
    '--issuer',
    issuer.issuer,
    '--audience',
    'https://other.test',
    '--scope',
    'admin',
  ]
  const { report } = await runJson(args, { stdin: `"${token({ exp: now() - 3600, nbf: now() - 7200 })}"` })
  const codes = [report.refusal, ...report.further].map(({ code }: any) => code)
  expect(codes).toEqual([
    'ERR_CREDENTIALS_MALFORMED',
    'ERR_TOKEN_EXPIRED',
    'ERR_AUDIENCE_MISMATCH',
    'ERR_SCOPE_INSUFFICIENT',
  ])
})

test.each([
  ['as such', []],
  ['by its type', ['--profile', 'at+jwt']],
])('after an ID token, refused %s, nothing is said of this one: the next is another', async (_, args) => {
  const stdin = token({ aud: 'client-1', nonce: 'n', ...without(GOOD) }, { typ: 'JWT' })
  const all = ['explain', '-', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--scope', 'a', ...args]
  const { report } = await runJson(all, { stdin })
  expect([report.refusal.hint, report.further]).toEqual(['id_token', []])
})

test('a token whose text was wrong, but is good, passes every other step', async () => {
  const { report } = await runJson(['explain', '-', '--issuer', issuer.issuer, '--audience', AUDIENCE], {
    stdin: `Bearer ${token()}`,
  })
  const refused = report.steps.filter(({ outcome }: any) => outcome !== 'passed')
  expect(refused).toMatchObject([{ step: 'credentials', outcome: 'refused' }])
})

test.each([
  [
    'is valid only after its expiry',
    () => ({ nbf: now() + 7200, exp: now() + 300 }),
    'ERR_TOKEN_NOT_YET_VALID',
  ],
  [
    'has expired, and would be valid later',
    () => ({ nbf: now() + 200, exp: now() - 100 }),
    'ERR_TOKEN_EXPIRED',
  ],
  ['has expired, and was issued later', () => ({ iat: now() + 5000, exp: now() - 100 }), 'ERR_TOKEN_EXPIRED'],
])('a token that %s is refused once, without advice to wait', async (_title, claims, code) => {
  const args = ['explain', '-', '--issuer', issuer.issuer, '--audience', AUDIENCE]
  const stdin = token(claims())
  const { report } = await runJson(args, { stdin })
  expect([report.refusal.code, report.further]).toEqual([code, []])
  const { stdout } = await run(args, { stdin })
  expect(stdout).toMatch(
    code === 'ERR_TOKEN_EXPIRED' ? /Let the client get a new one/ : /it is never valid: do not wait/,
  )
  expect(stdout).not.toMatch(/Let the client wait/)
})

/** Of another audience. */
const idToken = `${encode({ alg: 'RS256' })}.${encode({ aud: 'client' })}.c2ln`

test.each([
  ['a command', (jwt: string) => `curl -i https://api.test/ \\\n  -H 'Authorization: Bearer ${jwt}'\n`],
  ['a variable', (jwt: string) => `export TOKEN=${jwt}\n`],
  ['a variable in quotes', (jwt: string) => `TOKEN="${jwt}"`],
  ['a request', (jwt: string) => `Authorization: Bearer ${jwt}\nHost: api.test\n`],
  ['a cookie', (jwt: string) => `access_token=${jwt}; Path=/`],
  ['a prompt behind it', (jwt: string) => `${jwt}%`],
  ['a sentence', (jwt: string) => `The token is ${jwt}.`],
  ['angle brackets', (jwt: string) => `<${jwt}>`],
  [
    'an answer with headers',
    (jwt: string) => `HTTP/2 200\n\n{"id_token":"${idToken}","access_token":"${jwt}"}`,
  ],
  [
    'a command with another in a cookie',
    (jwt: string) => `curl -b s=${idToken} -H 'Authorization: Bearer ${jwt}'`,
  ],
  ['a request behind a proof', (jwt: string) => `DPoP: ${idToken}\nAuthorization: DPoP ${jwt}\n`],
])('a token in %s is taken out, and explained', async (_title, textOf) => {
  const args = ['explain', '-', '--issuer', issuer.issuer, '--audience', 'https://other.test']
  const { report } = await runJson(args, { stdin: textOf(token()) })
  expect(report.refusal).toMatchObject({ step: 'credentials', code: 'ERR_CREDENTIALS_MALFORMED' })
  expect(report.refusal.advice).toContainEqual(expect.stringMatching(/^There is other text around the token/))
  expect(report.further).toMatchObject([{ code: 'ERR_AUDIENCE_MISMATCH' }])
  const { stdout } = await run(['decode'], { stdin: textOf(token()) })
  expect(stdout).toMatch(/aud +"https:\/\/api\.test"/)
})

test.each([
  ['in other base64', (jwt: string) => `TOKEN=${jwt.replace(/...$/, '+/a')}`],
  ['cut off', (jwt: string) => `TOKEN=${jwt.slice(0, -9)}…`],
  ['with an invisible character', (jwt: string) => `TOKEN=${jwt.replace(/...$/, '\u200b$&')}`],
])('a part of a token that is %s is not taken for one', async (_title, textOf) => {
  const args = ['explain', '-', '--issuer', issuer.issuer, '--audience', AUDIENCE]
  const { report } = await runJson(args, { stdin: textOf(token()) })
  expect(report.refusal.advice).not.toContainEqual(expect.stringMatching(/other text/))
  expect(report.further.filter(({ code }: any) => code === 'ERR_SIGNATURE_INVALID')).toEqual([])
})

test.each([
  ['agree', 0, undefined, { outcome: 'good' }],
  ['differ', 200_000, 'clock_skew', { outcome: 'problem', code: 'clock_skew' }],
])('the clocks, which %s, are looked at for a later refusal too', async (_title, skewMs, hint, finding) => {
  issuer.answer = (res) =>
    issuer.json(res, issuer.jwks, { date: new Date(Date.now() - skewMs).toUTCString() })
  const args = ['explain', '-', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--profile', 'at+jwt']
  const { report } = await runJson(args, { stdin: token({ exp: now() - 100 }, { typ: 'JWT' }) })
  expect(report.refusal.code).toBe('ERR_TOKEN_TYPE')
  expect(report.further[0].code).toBe('ERR_TOKEN_EXPIRED')
  expect(report.further[0].hint).toBe(hint)
  expect(report.issuer).toMatchObject([{ step: 'clock', ...finding }])
})

interface Fault {
  readonly title: string
  readonly claims?: object
  readonly header?: Record<string, unknown>
  readonly args?: readonly string[]
  readonly code: string
}

const faultOf: readonly Fault[] = [
  { title: 'its algorithm', args: ['--algorithms', 'RS256'], code: 'ERR_ALGORITHM_NOT_ALLOWED' },
  { title: 'its type', header: { typ: 'JWT' }, args: ['--profile', 'at+jwt'], code: 'ERR_TOKEN_TYPE' },
  { title: 'its time', claims: { exp: now() - 3600 }, code: 'ERR_TOKEN_EXPIRED' },
  { title: 'the slash of its issuer', args: ['--issuer', '/'], code: 'ERR_ISSUER_UNKNOWN' },
  { title: 'no audience', claims: { aud: undefined }, code: 'ERR_CLAIM_MISSING' },
  {
    title: 'no audience in another claim',
    claims: { aud: undefined },
    args: ['--audience-claim', 'azp'],
    code: 'ERR_CLAIM_MISSING',
  },
  { title: 'its audience', claims: { aud: 'other' }, code: 'ERR_AUDIENCE_MISMATCH' },
  { title: 'its scope', args: ['--scope', 'admin'], code: 'ERR_SCOPE_INSUFFICIENT' },
]

test.each(faultOf)(
  'a token refused for $title and for its role is refused for both at once',
  async (fault) => {
    const { args = [], code } = fault
    const isSlash = args[0] === '--issuer'
    const { report } = await runJson(
      [
        ...['explain', '-', '--issuer', `${issuer.issuer}${isSlash ? '/' : ''}`, '--audience', AUDIENCE],
        ...['--role', 'chief', ...(isSlash ? [] : args)],
      ],
      { stdin: token(fault.claims, fault.header) },
    )
    const codes = [report.refusal, ...report.further].map((each: any) => each.code)
    expect(codes).toEqual([code, 'ERR_ROLE_INSUFFICIENT'])
  },
)

test.each(['http://localhost:1', '/realms/other'])(
  'after a token of another issuer, %s, nothing is said of this one, and its keys are not fetched',
  async (other) => {
    const iss = other.startsWith('/') ? `${issuer.issuer}${other}` : other
    const args = ['explain', '-', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--role', 'chief']
    const { report } = await runJson(args, { stdin: token({ iss }) })
    expect([report.refusal.code, report.further]).toEqual(['ERR_ISSUER_UNKNOWN', []])
  },
)

test.each([
  ['case', (iss: string) => `${iss}/ReAlM`, (iss: string) => `${iss}/realm`, 'issuer_case'],
  ['slash', (iss: string) => `${iss}/realm/`, (iss: string) => `${iss}/realm`, 'issuer_trailing_slash'],
])(
  'an iss that differs from the option and the metadata in %s sends nobody in a circle',
  async (_title, issOf, configuredOf, hint) => {
    const configured = configuredOf(issuer.issuer)
    issuer.metadata = (res) => issuer.json(res, { issuer: configured, jwks_uri: `${issuer.issuer}/jwks` })
    const args = ['explain', '-', '--issuer', configured, '--audience', AUDIENCE]
    const stdin = token({ iss: issOf(issuer.issuer) })
    const { report } = await runJson(args, { stdin })
    expect(report).toMatchObject({ refusal: { code: 'ERR_ISSUER_UNKNOWN', hint }, further: [] })
    const { stdout } = await run(args, { stdin })
    expect(stdout).toMatch(/-> Writing `issuer` as this token has it would not help/)
    expect(stdout).not.toMatch(/-> Write|Use the `issuer` from the metadata/)
  },
)
