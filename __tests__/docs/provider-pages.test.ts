/** The pages of docs/issuers/: their form, and that their recipes accept the tokens that they show. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, Principal, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { blocksOf, pages, plain, proseOf, rowsOf, sectionOf } from './support/markdown.js'
import { recipesOf } from './support/recipes.js'
import { readText, ROOT } from './support/source.js'

const SECTIONS = ['Set up', 'Use it', 'What a token looks like', 'What goes wrong', 'Without the preset']

interface Example {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const providers = pages().filter((page) => page.startsWith('docs/issuers/'))
/** Signs in place of the provider. */
const signer = createTestIssuer()
const keysWithoutAlg = { keys: signer.jwks.keys.map(({ alg: _, use: __, ...jwk }) => jwk) }

function withKeys(options: string | IssuerOptions): IssuerOptions {
  const { metadataUrl: _, jwksUri: __, ...rest } = typeof options === 'string' ? { issuer: options } : options
  return { ...rest, jwks: keysWithoutAlg, secret: undefined, opaqueOnly: undefined }
}

function offline(options: ResourceServerOptions): ResourceServerOptions {
  const { issuer } = options
  if (typeof issuer === 'function')
    return {
      ...options,
      issuer: async (iss: string, signal: AbortSignal) => {
        const answer = await issuer(iss, signal)
        return answer && withKeys(answer)
      },
    }
  const list = [issuer].flat() as readonly (string | IssuerOptions)[]
  return { ...options, issuer: list.map(withKeys) } as ResourceServerOptions
}

async function mint({ header, claims }: Example): Promise<string> {
  const defaults = { sub: undefined, client_id: undefined, jti: undefined, aud: undefined }
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, exp: now + 300, ...('nbf' in claims && { nbf: now }) }
  const { alg, kid: _, ...rest } = header
  return signer.token({
    ...defaults,
    ...claims,
    ...times,
    key: alg as 'RS256',
    header: { typ: undefined, ...rest, kid: undefined },
  })
}

async function accepted(options: ResourceServerOptions, example: Example): Promise<Principal | undefined> {
  const server = resourceServer(offline(options))
  return server.verify(await mint(example)).catch(() => undefined)
}

test('There are pages of providers', () => {
  expect(providers.length).toBeGreaterThan(0)
})

describe.each(providers)('%s', (page) => {
  const examples = blocksOf(page)
    .filter(({ info }) => info[0] === 'json')
    .map(({ code }) => JSON.parse(code) as Example)

  test('has the sections that every provider has, in their order', () => {
    const headings = [...proseOf(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(headings.filter((heading) => SECTIONS.includes(heading ?? ''))).toEqual(SECTIONS)
  })

  test('is linked from the index', () => {
    expect(readText('docs/issuers.md')).toContain(`(${page.slice('docs/'.length)})`)
  })

  test('says how to test with the preset, and what prints codes and hints', () => {
    expect(proseOf(page)).toContain('(../testing.md#with-a-preset)')
    const [beforeTable] = sectionOf(page, 'What goes wrong').split('| symptom')
    expect(beforeTable).toContain('`NODE_DEBUG=express-resource-server` prints')
  })

  test('shows decoded tokens', () => {
    expect(examples.length).toBeGreaterThan(0)
    for (const { header, claims } of examples)
      expect([typeof header['alg'], typeof claims['iss']]).toEqual(['string', 'string'])
  })

  test.each(['Use it', 'Without the preset'])(
    'accepts its tokens by the recipes of "%s"',
    async (heading) => {
      const recipes = await recipesOf(page, heading)
      expect(recipes.length).toBeGreaterThan(0)
      const verdicts = await Promise.all(
        examples.map((example) => Promise.all(recipes.map((options) => accepted(options, example)))),
      )
      const refusedExamples = verdicts.flatMap((row, index) => (row.some(Boolean) ? [] : [index]))
      const idleRecipes = recipes.flatMap((_, index) => (verdicts.some((row) => row[index]) ? [] : [index]))
      expect({ refusedExamples, idleRecipes }).toEqual({ refusedExamples: [], idleRecipes: [] })
    },
  )

  const errorPage = readText('docs/errors.md')
  const statusOf = (code: string): string | undefined =>
    new RegExp(`</a>\`${code}\` \\|[^|]*\\| (\\d{3}) `).exec(errorPage)?.[1]

  test('names codes and hints that exist', () => {
    const rows = rowsOf(sectionOf(page, 'What goes wrong'))
    expect(rows.length).toBeGreaterThan(2)
    for (const row of rows) {
      const codes = (row['symptom'] ?? '').match(/ERR_\w+/g) ?? []
      const hints = plain(row['hint'] ?? '')
        .split(/, | or /)
        .filter(Boolean)
      for (const code of codes) expect(errorPage).toContain(`<a id="${code.toLowerCase()}"></a>`)
      for (const [, status, code] of (row['symptom'] ?? '').matchAll(/\b(\d{3}) `(ERR_\w+)`/g))
        expect([code, status]).toEqual([code, statusOf(code ?? '')])
      for (const hint of hints) expect(errorPage).toContain(`| \`${hint}\` |`)
    }
  })
})

test('The pages are in the package', () => {
  const { files } = JSON.parse(readText('package.json')) as { files: readonly string[] }
  expect(files).toContain('docs')
  expect(existsSync(join(ROOT, 'docs/issuers/auth0.md'))).toBe(true)
})
