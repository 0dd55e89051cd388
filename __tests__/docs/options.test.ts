import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { DEFAULT_KEY_LIMITS } from '../../lib/core/keys/limits.js'
import { metadataUrls } from '../../lib/core/keys/metadata.js'
import { parseOptions } from '../../lib/core/options/server.js'
import { DEFAULT_TOKEN_CACHE_LIMITS } from '../../lib/core/server/token-cache.js'
import { plain, rowsOf, sectionOf } from './support/markdown.js'
import { propertiesOf } from './support/source.js'
import type { Property } from './support/source.js'

const PAGE = 'docs/options.md'
const TYPES = 'lib/core/options/types.ts'
const KEY_TYPES = 'lib/core/options/key-types.ts'

interface Row {
  readonly name: string
  readonly type: string
  readonly default: string
  readonly range: string
}

/** A row that names several options stands for each of them. */
function rows(section: string): readonly Row[] {
  return rowsOf(sectionOf(PAGE, section))
    .filter((row) => 'option' in row)
    .flatMap((row) =>
      plain(row['option'] ?? '')
        .split(', ')
        .map((name) => ({
          name,
          type: plain(row['type, unit'] ?? ''),
          default: withoutLinks(plain(row['default'] ?? '')),
          range: plain(row['range'] ?? ''),
        })),
    )
}

function withoutLinks(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}

const own = (name: string, path = TYPES): readonly Property[] => propertiesOf(path, name)
const tokenOptions = own('TokenOptions', 'lib/core/options/token-types.ts')

/** Each section of the page, and the properties that it documents. */
const SECTIONS: readonly (readonly [string, readonly Property[]])[] = [
  ['resourceServer', [...own('ServerOptions'), ...tokenOptions]],
  ['Issuers', [...own('IssuerOptions'), ...tokenOptions, ...own('KeySourceOptions', KEY_TYPES)]],
  ['Keys', own('KeyOptions', KEY_TYPES)],
  ['Token cache', own('TokenCacheOptions', 'lib/core/options/value-types.ts')],
]

/** Defaults that the docstrings do not state. */
const UNSAID: Readonly<Record<string, string>> = {
  issuer: 'required',
  audience: 'required',
  keys: 'see keys',
  fetch: 'the built-in transport',
  clock: "the system's clocks",
  jwksUri: '',
  jwks: '',
  secret: '',
}

/**
 * `Default 5.`, `Default: off.`, or a value marked `(default)`. Without backticks and what explains
 * the value.
 */
function defaultIn({ name, docstring }: Property): string {
  const [, marked] = /(`[^`]+`) \(default\)/.exec(docstring) ?? []
  const [, sentence] = /\bDefault:? (.+?)\.(?= [A-Z`'(]|$)/.exec(docstring) ?? []
  const found = marked ?? sentence
  return found === undefined ? (UNSAID[name] ?? '(the docstring names no default)') : plain(found)
}

describe.each(SECTIONS)('The section "%s" of docs/options.md', (section, properties) => {
  const documented = rows(section)
  const byName = new Map(properties.map((property) => [property.name, property]))

  test('has a row for each option, and no other', () => {
    expect(documented.map(({ name }) => name).sort()).toEqual([...byName.keys()].sort())
  })

  const inherited = new Set(section === 'Issuers' ? tokenOptions.map(({ name }) => name) : [])
  const described = documented.filter(({ name }) => byName.has(name) && !inherited.has(name))

  test.each(described.map((row) => [row.name, row] as const))('quotes the default of %s', (name, row) => {
    const said = defaultIn(byName.get(name)!)
    const explained = said.split(/: (?=the )/, 1)[0]
    expect([said, explained]).toContain(row.default)
  })

  test.each(described.map((row) => [row.name, row] as const))('quotes the range of %s', (name, row) => {
    const { docstring } = byName.get(name)!
    const [range = ''] = /\d+ to \d+/.exec(docstring.replace(/\bDefault\b.*$/, '')) ?? []
    expect(row.range).toBe(range)
  })

  test.each(described.map((row) => [row.name, row] as const))('has the type of %s', (name, row) => {
    const { type } = byName.get(name)!
    if (['number', 'boolean', 'string'].includes(type)) expect(row.type.split(',')[0]).toBe(type)
    else expect(row.type).not.toMatch(/^(?:number|boolean|string)$/)
  })
})

describe('The ranges of docs/options.md', () => {
  const issuer = createTestIssuer()
  const discovered = { issuer: 'https://issuer.test', audience: issuer.audience }

  /** Limits that other limits must not exceed. */
  const brief = { attemptTimeoutMs: 50, flightTimeoutMs: 50 }
  const companions: Readonly<Record<string, object>> = {
    ttlSeconds: brief,
    flightTimeoutMs: { attemptTimeoutMs: 50, ttlSeconds: 86_400 },
    attemptTimeoutMs: { flightTimeoutMs: 60_000, ttlSeconds: 86_400 },
  }
  const INTO: Readonly<Record<string, (options: object) => ResourceServerOptions>> = {
    resourceServer: (options) => ({ ...discovered, ...options }),
    Keys: (keys) => ({ ...discovered, keys }),
    'Token cache': (tokenCache) => ({ ...discovered, tokenCache }),
  }

  const bounded = Object.entries(INTO).flatMap(([section, into]) =>
    rows(section)
      .filter(({ range }) => range !== '')
      .map(({ name, range }) => {
        const [min = 0, max = 0] = range.split(' to ').map(Number)
        const make = (value: number) => () => resourceServer(into({ ...companions[name], [name]: value }))
        return [name, min, max, make] as const
      }),
  )

  test('are those of eleven options or more', () => {
    expect(bounded.length).toBeGreaterThanOrEqual(11)
  })

  test.each(bounded)('%s: %d to %d is what is accepted', (_name, min, max, make) => {
    for (const value of [min, max]) make(value)().close()
    for (const value of [min - 1, max + 1, NaN]) expect(make(value)).toThrow(ConfigurationError)
  })
})

describe('The places of metadata in docs/options.md', () => {
  test('are those that discovery asks, in its order', () => {
    const issuer = 'https://issuer.test/path'
    const asked = metadataUrls(new URL(issuer)).map(({ href }) =>
      href
        .replace(issuer, '<issuer>')
        .replace('https://issuer.test', '')
        .replace(/\/path$/, ''),
    )
    const prose = sectionOf(PAGE, 'Key sources').split('\n|', 1)[0] ?? ''
    expect([...prose.matchAll(/`([^`]*\/\.well-known\/[^`]*)`/g)].map(([, place]) => place)).toEqual(asked)
  })
})

describe('The defaults of docs/options.md', () => {
  const config = parseOptions({ issuer: 'https://issuer.test', audience: 'https://api.test' })
  const { maxBytes, maxKeys, attemptTimeoutMs, flightTimeoutMs } = DEFAULT_KEY_LIMITS

  test.each([
    ['resourceServer', 'maxTokenBytes', config.gates.maxTokenBytes],
    ['resourceServer', 'clockToleranceSeconds', config.gates.clockToleranceSeconds],
    ['resourceServer', 'profile', `'${config.gates.profile}'`],
    ['resourceServer', 'refusals', `'${config.refusals}'`],
    ['resourceServer', 'optional', config.isOptional],
    ['resourceServer', 'dangerouslyReportOnly', config.isReportOnly],
    [
      'resourceServer',
      'tokenCache',
      `${DEFAULT_TOKEN_CACHE_LIMITS.maxEntries} entries, ${DEFAULT_TOKEN_CACHE_LIMITS.maxBytes} bytes`,
    ],
    ['Keys', 'staleSeconds', DEFAULT_KEY_LIMITS.staleMs / 1000],
    ['Keys', 'cooldownSeconds', DEFAULT_KEY_LIMITS.cooldownMs / 1000],
    ['Keys', 'attemptTimeoutMs', attemptTimeoutMs],
    ['Keys', 'flightTimeoutMs', flightTimeoutMs],
    ['Keys', 'maxBytes', maxBytes],
    ['Keys', 'maxKeys', maxKeys],
    ['Token cache', 'maxEntries', DEFAULT_TOKEN_CACHE_LIMITS.maxEntries],
    ['Token cache', 'maxBytes', DEFAULT_TOKEN_CACHE_LIMITS.maxBytes],
  ])('%s: %s is what is used', (section, name, used) => {
    expect(rows(section).find((row) => row.name === name)?.default).toBe(String(used))
  })
})
