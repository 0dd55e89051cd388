/** `--provider` and `--with`: the presets on the command line. Hosts of providers are never asked. */
import { runInNewContext } from 'node:vm'
import * as presets from 'express-resource-server/providers'
import { parseArguments } from '../../lib/cli/arguments.js'
import { check } from '../../lib/cli/check/command.js'
import { hasOwnAudience, PROVIDER_NAMES, readPreset } from '../../lib/cli/provider/preset.js'
import { mint, publishedKey } from '../providers/support/provider.js'
import type { TokenShape } from '../providers/support/provider.js'
import { faults, KeyServer } from '../support/key-server.js'
import { run, runJson } from './support/run.js'

const ID = '11111111-2222-3333-4444-555555555555'
const TAG = 'a'.repeat(64)
const AUDIENCE = 'https://api.example.com'

/** The options of a preset, as arguments: `realm=main`. */
function given(name: string, words: readonly string[]): readonly string[] {
  return ['--provider', name, ...words.flatMap((word) => ['--with', word])]
}

const good: readonly (readonly [
  name: Exclude<keyof typeof presets, 'entraTenants'>,
  words: readonly string[],
  options: object,
])[] = [
  ['adfs', ['federationServiceName=adfs.example.com'], { federationServiceName: 'adfs.example.com' }],
  [
    'auth0',
    ['domain=example.eu.auth0.com', 'permissions=true'],
    { domain: 'example.eu.auth0.com', permissions: true },
  ],
  ['auth0', ['domain=a.example.com', 'permissions=false'], { domain: 'a.example.com', permissions: false }],
  [
    'authentik',
    ['url=https://auth.example.com', 'application=orders', 'clientId=k3x'],
    { url: 'https://auth.example.com', application: 'orders', clientId: 'k3x' },
  ],
  [
    'azureB2c',
    ['tenantName=contoso', `tenantId=${ID}`, `clientId=${ID}`, 'policies=B2C_1_a,B2C_1_b'],
    { tenantName: 'contoso', tenantId: ID, clientId: ID, policies: ['B2C_1_a', 'B2C_1_b'] },
  ],
  [
    'clerk',
    ['frontendApiUrl=https://clerk.example.com', `audience=${AUDIENCE}`],
    { frontendApiUrl: 'https://clerk.example.com', audience: AUDIENCE },
  ],
  ['cloudflareAccess', ['team=example', `audienceTag=${TAG}`], { team: 'example', audienceTag: TAG }],
  [
    'cognito',
    ['userPoolId=eu-central-1_AbC', 'clientIds=a1', 'clientIds=b2'],
    { userPoolId: 'eu-central-1_AbC', clientIds: ['a1', 'b2'] },
  ],
  [
    'entra',
    [`tenantId=${ID}`, `clientId=${ID}`, 'tokenVersion=1'],
    { tenantId: ID, clientId: ID, tokenVersion: 1 },
  ],
  ['entraExternalId', [`tenantId=${ID}`, `clientId=${ID}`], { tenantId: ID, clientId: ID }],
  ['firebase', ['projectId=example-1a2b3'], { projectId: 'example-1a2b3' }],
  [
    'gitHubActions',
    [`audience=${AUDIENCE}`, 'repositoryIds=65,66'],
    { audience: AUDIENCE, repositoryIds: ['65', '66'] },
  ],
  [
    'google',
    ['iapAudience=/projects/1/global/backendServices/2'],
    { iapAudience: '/projects/1/global/backendServices/2' },
  ],
  // What looks like a number or a truth value stays text where the preset takes text.
  [
    'keycloak',
    ['url=https://id.example.com', 'realm=true'],
    { url: 'https://id.example.com', realm: 'true' },
  ],
  ['keycloak', ['url=https://id.example.com', 'realm=42'], { url: 'https://id.example.com', realm: '42' }],
  ['logto', ['endpoint=https://example.logto.app'], { endpoint: 'https://example.logto.app' }],
  ['okta', ['domain=example.okta.com'], { domain: 'example.okta.com' }],
  ['supabase', [`projectRef=${'a'.repeat(20)}`], { projectRef: 'a'.repeat(20) }],
  ['workos', ['clientId=client_01'], { clientId: 'client_01' }],
  [
    'zitadel',
    ['url=https://z.example.com', 'projectId=284972348572348901'],
    { url: 'https://z.example.com', projectId: '284972348572348901' },
  ],
]

test.each(good)('%s takes %j, and the line to write means the same', (name, words, options) => {
  const preset = readPreset(parseArguments(given(name, words), check))
  const make = presets[name] as (options: object) => { readonly issuer: string; readonly audience?: unknown }
  const made = make(options)
  expect(JSON.stringify(preset?.made)).toBe(JSON.stringify(made))
  expect(hasOwnAudience(preset!)).toBe(made.audience !== undefined)
  const written: unknown = runInNewContext(`({ ${preset!.line} }).issuer`, { [name]: make })
  expect(JSON.stringify(written)).toBe(JSON.stringify(made))
})

test('each preset but the resolver is in the table above and has a page', () => {
  expect([...new Set(good.map(([name]) => name))]).toEqual(PROVIDER_NAMES)
  expect([...PROVIDER_NAMES, 'entraTenants'].sort()).toEqual(Object.keys(presets).sort())
})

const keycloak = given('keycloak', ['url=https://id.example.com', 'realm=main'])

const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['--provider', 'keycloack'], /no provider keycloack; did you mean keycloak\?/],
  [['--provider', 'GitHubActions'], /did you mean gitHubActions\?/],
  [['--provider', 'frobnicate'], /no provider frobnicate; the providers are adfs, auth0, .*zitadel/],
  [['--provider', '__proto__'], /no provider __proto__; the providers are/],
  [['--provider', '\x1b[2J'], /^There is no provider of this name/],
  [['--provider'], /--provider needs a value: adfs, auth0, .*zitadel/],
  [['--provider', '--json'], /--provider needs a value: adfs/],
  [['--provider', 'entraTenants'], /needs your function isAllowed[^]*--provider entra --with tenantId/],
  [['--provider', 'keycloak', '--with', 'realm'], /--with takes a name and a value: --with realm=main/],
  [['--provider', 'keycloak', '--with', '=main'], /--with takes a name and a value/],
  [['--provider', 'keycloak', '--with'], /--with needs a value/],
  [[...keycloak, '--with', 'realm=other'], /--with realm is given twice/],
  [['--with', 'realm=main'], /--with needs --provider/],
  [[...keycloak, '--issuer', 'https://a.example'], /--issuer and --provider exclude each other/],
  [[...keycloak, '--jwks-uri', 'https://a.example'], /--jwks-uri and --provider exclude each other/],
  [[...keycloak, '--metadata-url', 'https://a.example'], /--metadata-url and --provider exclude each other/],
  [
    [...given('firebase', ['projectId=example-1a2b3']), '--audience', 'a'],
    /--audience is not for firebase\(\), which has the audience itself/,
  ],
]

test.each(['check', 'explain'])('wrong use of --provider in %s is said, with 2', async (command) => {
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await run([command, ...args])
    expect([args, code, stdout]).toEqual([args, 2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('\x1b')
  }
})

test('explain asks for the audience where the preset has none', async () => {
  const { code, stderr } = await run(['explain', ...keycloak])
  expect(code).toBe(2)
  expect(stderr).toMatch(/--audience is missing/)
})

const refused: readonly (readonly [
  title: string,
  name: string,
  words: readonly string[],
  says: RegExp,
  advice: RegExp,
])[] = [
  ['a missing word', 'keycloak', ['realm=main'], /keycloak\.url: is required/, /url, realm, rolesOfClient/],
  [
    'an unknown word',
    'keycloak',
    ['baseUrl=https://id.example.com', 'realm=main'],
    /keycloak\.baseUrl: there is no such option/,
    /--with url=<value>\. See docs\/issuers\/keycloak\.md/,
  ],
  ['a wrong word', 'auth0', ['domain=https://a.b'], /auth0\.domain: is a URL/, /domain, tokenProfile/],
  ['a word that is empty', 'okta', ['domain='], /okta\.domain: must be a string/, /variable is not set/],
  [
    'neither true nor false',
    'auth0',
    ['domain=a.example.com', 'permissions=yes'],
    /true or false/,
    /permissions/,
  ],
  ['no whole number', 'entra', [`tenantId=${ID}`, `clientId=${ID}`, 'tokenVersion=two'], /1 to 2/, /cloud/],
  ['the name of a prototype', 'okta', ['__proto__=a'], /okta\.__proto__: there is no such/, /domain/],
  ['an empty part of a list', 'cognito', ['userPoolId=eu-central-1_A', 'clientIds=a,'], /empty/, /clientIds/],
]

test.each(refused)('%s is a finding that says what to write', async (_title, name, words, says, advice) => {
  const checked = await runJson(['check', ...given(name, words)])
  expect([checked.code, checked.stderr]).toEqual([1, ''])
  expect(checked.report).toMatchObject({ provider: name, isGood: false, keys: [] })
  expect(checked.report.findings).toEqual([
    {
      step: 'options',
      outcome: 'problem',
      code: 'ERR_CONFIGURATION',
      text: expect.stringMatching(says),
      advice: expect.stringMatching(advice),
    },
  ])
  const explained = await run(['explain', ...given(name, words)], { stdin: 'a.b.c' })
  expect(explained.code).toBe(1)
  expect(explained.stdout).toMatch(/^REFUSED {2}options/m)
  expect(explained.stdout).toMatch(says)
  expect(explained.stdout).toMatch(advice)
})

describe('with a provider on loopback', () => {
  let server: KeyServer
  beforeEach(async () => {
    server = await KeyServer.listen()
    server.answer = faults.json({ keys: [publishedKey()] })
    server.metadata = (res) =>
      server.json(res, { issuer: `${server.issuer}/realms/main`, jwks_uri: server.jwksUri })
  })
  afterEach(() => server.close())

  const realm = (name = 'main'): readonly string[] =>
    given('keycloak', [`url=${server.issuer}`, `realm=${name}`])

  test('check ends with the lines to write', async () => {
    const { code, stdout } = await run(['check', ...realm(), '--audience', AUDIENCE])
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(-8)).toEqual([
      'Good: this issuer can be used.',
      '',
      'Write:',
      '',
      "import { keycloak } from 'express-resource-server/providers'",
      '',
      `issuer: keycloak({ url: '${server.issuer}', realm: 'main' })`,
      '',
    ])
    const { report } = await runJson(['check', ...realm()])
    expect(report.write).toBe(`issuer: keycloak({ url: '${server.issuer}', realm: 'main' })`)
  })

  test('another realm is a mismatch that names the words, and nothing to write', async () => {
    const { code, stdout } = await run(['check', ...realm('Main')])
    expect(code).toBe(1)
    expect(stdout).toMatch(/issuer_mismatch\]\n +-> Compare what you gave keycloak\(\)/)
    expect(stdout).not.toContain('Write:')
  })

  test('a realm without metadata is compared by the words too', async () => {
    server.metadata = faults.status(404)
    const { stdout } = await run(['check', ...realm()])
    expect(stdout).toMatch(/metadata_not_found\]\n +-> Compare what you gave keycloak\(\)/)
  })

  test('check takes the keys of a preset that knows them', async () => {
    const { code, stdout } = await run(['check', ...given('supabase', [`url=${server.issuer}`])])
    expect(stdout).toContain('Skipped: supabase() knows the keys.')
    // The key set is at a well-known place, where this server has metadata.
    expect(code).toBe(1)
  })

  const token = (claims: object = {}): TokenShape => {
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now - 10, exp: now + 600 }
    const iss = `${server.issuer}/realms/main`
    const own = { jti: '1', iss, sub: 'user', typ: 'Bearer', azp: 'web', scope: 'a', aud: AUDIENCE }
    return { claims: { ...times, ...own, realm_access: { roles: ['staff'] }, ...claims } }
  }
  const explain = (shape: TokenShape, ...more: string[]) =>
    runJson(['explain', ...realm(), '--audience', AUDIENCE, ...more], { stdin: mint(shape) })

  test('explain accepts what the preset accepts, and reads roles where it does', async () => {
    expect((await explain(token(), '--role', 'staff')).report).toMatchObject({ isAccepted: true })
  })

  test('explain refuses what the preset refuses, and goes on after the first refusal', async () => {
    const { report } = await explain(token({ aud: 'https://other.example.com' }), '--role', 'admin')
    expect(report.refusal).toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH', expected: [AUDIENCE] })
    expect(report.further).toMatchObject([{ code: 'ERR_ROLE_INSUFFICIENT' }])
    expect((await explain(token({ typ: 'ID' }))).report.isAccepted).toBe(false)
  })

  test('an option of explain replaces that of the preset', async () => {
    const shape = token({ groups: ['admin'] })
    const { report } = await explain(shape, '--roles-from', 'groups', '--role', 'admin')
    expect(report.isAccepted).toBe(true)
  })

  test('the audience of a preset can be left out for the next refusal', async () => {
    const issuer = `${server.issuer}/application/o/orders/`
    server.metadata = (res) => server.json(res, { issuer, jwks_uri: server.jwksUri })
    const words = [`url=${server.issuer}`, 'application=orders', 'clientId=api']
    const stdin = mint(token({ iss: issuer, uid: '1' }))
    const { report } = await runJson(['explain', ...given('authentik', words), '--scope', 'b'], { stdin })
    expect(report.refusal).toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH', expected: ['api'] })
    expect(report.further).toMatchObject([{ code: 'ERR_SCOPE_INSUFFICIENT' }])
  })
})
