/** The tables again, against a production process that ends on any unhandled rejection. */
import { sized } from '../support/sized.js'
import { attack, expectGoodToken } from './support/cases.js'
import type { Case } from './support/cases.js'
import { spawnApi } from './support/spawned.js'
import type { SpawnedApi } from './support/spawned.js'
import { World } from './support/world.js'
import { algCases } from './tables/alg.js'
import { claimsCases } from './tables/claims.js'
import { discoveryCases } from './tables/discovery.js'
import { headerCases } from './tables/header.js'
import { jwksCases } from './tables/jwks.js'
import { mustAcceptCases, optionalCases } from './tables/must-accept.js'
import { structureCases } from './tables/structure.js'
import { controlCharacters, transportCases } from './tables/transport.js'

const tables: Record<string, readonly Case[]> = {
  'the algorithm': algCases,
  'the header': headerCases,
  'the form': structureCases,
  'the claims': claimsCases,
  'the transport': transportCases,
  'the key set': jwksCases,
  'the metadata': discoveryCases,
  'what is good': [...mustAcceptCases, ...optionalCases],
}

const fetched = ['the key set', 'the metadata']
const all = Object.keys(tables)

/**
 * The process that is polluted before it starts gets all tables. The others get those that may
 * differ there: answers of issuers do not, and `jwks` and `discovery` watch for rejections too.
 */
describe.each([
  ['a production process', undefined, ['the transport']],
  ['a process whose Object.prototype was polluted before it started', 'before', all],
  [
    'a process whose Object.prototype is polluted while it runs',
    'after',
    sized({
      usual: ['the header', 'what is good'],
      thorough: all.filter((title) => !fetched.includes(title)),
    }),
  ],
] as const)('%s [DOS-013 DOS-014 DOS-001 DOS-002]', (_, when, chosen) => {
  let api: SpawnedApi
  let w: World

  beforeAll(async () => {
    api = await spawnApi(when === 'before' ? when : undefined)
    w = await World.open({ backend: api })
    if (when === 'after') await api.pollute()
  })
  afterAll(async () => {
    await w.close()
    await api.end()
  })

  test.each(chosen)('answers all of them: %s', async (title) => {
    for (const each of tables[title] ?? []) await attack(w, each, { after: false })
    await expectGoodToken(w)
    expect(api.state().ended).toBeUndefined()
  })

  test('survives control characters and clients that go away', async () => {
    for (const sent of controlCharacters) {
      const answer = await w.backend.raw('raw' in sent ? sent.raw.replace('{path}', '/base') : '')
      expect([400, 401]).toContain(answer.status)
    }
    await expectGoodToken(w)
  })

  test('is alive at the end and has printed nothing', () => {
    expect(api.state()).toEqual({ output: '', ended: undefined })
  })
})
