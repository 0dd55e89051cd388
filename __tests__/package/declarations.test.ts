/** Projects that emit declarations: TypeScript must be able to name what the package returns. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import ts from 'typescript'

const root = path.resolve(__dirname, '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'declarations-'))
const modules = path.join(folder, 'node_modules')

/** As npm lays a project out: the package as files, and its dependencies beside it. */
beforeAll(() => {
  const own = path.join(modules, 'express-resource-server')
  mkdirSync(own, { recursive: true })
  for (const name of ['package.json', 'dist'])
    cpSync(path.join(root, name), path.join(own, name), { recursive: true })
  for (const name of ['jose', 'lru-cache', 'express', '@types', 'zod'])
    symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name))
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(folder, name), text)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Each file imports one subpath, so that it cannot borrow a name from another. */
const FILES: Readonly<Record<string, string>> = {
  'main.ts': `
import * as main from 'express-resource-server'
import { allOf, anyOf, requireActor, requireAuthentication, requireAuthorizationDetails, requireClaim, requireScopes, requireThat, resourceServer } from 'express-resource-server'
import { z } from 'zod'
const common = { issuer: 'https://login.example.com', audience: 'https://api.example.com' }
export const api = resourceServer(common)
export const typed = resourceServer({ ...common, claims: z.object({ tenant: z.string() }) })
export const { verify, authenticate, answerTo, principalOf, ready, refresh, purge, health, healthRoute, snapshot, close } = api
export const methods = { verify: typed.verify, authenticate: typed.authenticate }
export class Auth {
  readonly authenticate = api.authenticate
  readonly route = api.healthRoute()
  readonly answer = () => api.answerTo(undefined)
  readonly state = () => [api.health(), api.snapshot()]
}
export const guards = {
  scopes: requireScopes('a'),
  later: requireThat(async () => true),
  all: allOf(requireScopes('a')),
  any: anyOf(requireScopes('a'), requireThat(async () => true)),
  claim: requireClaim('a', 1),
  details: requireAuthorizationDetails('payment', () => true),
  actor: requireActor({ clientId: 'a' }),
  login: requireAuthentication(),
}
export const { check, allows } = guards.scopes
export const later = guards.later.check
export const all = { ...main }
`,
  'dpop.ts': `
import * as all from 'express-resource-server/dpop'
export const method = all.dpop({ publicUrl: 'https://api.example.com' })
export const store = all.memoryReplayStore()
export const { dpop, memoryReplayStore } = all
`,
  'mtls.ts': `
import * as all from 'express-resource-server/mtls'
export const method = all.mtls()
export const { mtls } = all
`,
  'introspection.ts': `
import * as all from 'express-resource-server/introspection'
export const opaque = all.introspection({ client: { id: 'a', secret: 'b' } })
export const { introspection } = all
`,
  'jwe.ts': `
import * as all from 'express-resource-server/jwe'
export const decryption = all.jwe({ keys: [] })
export const route = decryption.jwksRoute()
export const { makeVerifier } = decryption
export const { jwe } = all
`,
  'revocation.ts': `
import * as all from 'express-resource-server/revocation'
export const store = all.memoryRevocations()
export const method = all.revocation(store)
export const { isRevoked, revoke } = store
export const logout = (server: never) => all.backChannelLogout({ server, clientId: 'a', store })
export const { revocation, memoryRevocations, backChannelLogout } = all
`,
  'redis.ts': `
import * as all from 'express-resource-server/redis'
export const stores = (client: never) => all.redisStores(client)
export const parts = (client: never) => ({ ...all.redisStores(client) })
export const { redisStores } = all
`,
  'metadata.ts': `
import * as all from 'express-resource-server/metadata'
export const metadata = all.protectedResource({ resource: 'https://api.example.com', authorizationServers: [] })
export const { answerFor, assertAgrees } = metadata
export const { protectedResource } = all
`,
  'mcp.ts': `
import * as all from 'express-resource-server/mcp'
export const guard = all.requireTools({ tools: {}, otherwise: 'deny' })
export const { check, allows } = guard
export const { authInfo, requireTools } = all
export const info = (principal: never) => authInfo(principal)
`,
  'providers.ts': `
import * as all from 'express-resource-server/providers'
export const issuer = all.keycloak({ url: 'https://login.example.com', realm: 'main' })
export const everything = { ...all }
`,
  'testing.ts': `
import * as all from 'express-resource-server/testing'
export const issuer = all.createTestIssuer()
export const client = issuer.dpop()
export const listening = issuer.listen()
export const { token, options } = issuer
export const clock = all.createTestClock()
export const routes = (app: object) => all.routesOf(app)
export const challenges = (response: Response) => all.challengesOf(response)
export const everything = { ...all }
`,
}

const RESOLUTIONS = [
  ['nodenext', { module: ts.ModuleKind.NodeNext }],
  ['bundler', { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
] as const

describe.each(RESOLUTIONS)('with module resolution %s', (_, resolution) => {
  test.each(Object.keys(FILES))('%s can export what it got from the package', (name) => {
    const file = path.join(folder, name)
    const options = {
      ...resolution,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      skipLibCheck: true,
      types: ['node'],
      declaration: true,
      composite: true,
      rootDir: folder,
      outDir: path.join(folder, 'out'),
    }
    const program = ts.createProgram([file], options)
    const source = program.getSourceFile(file)
    const problems = [...program.getSemanticDiagnostics(source), ...program.getDeclarationDiagnostics(source)]
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([])
  })
})
