/** `profile: 'fapi2'` at start-up: what contradicts the profile throws, and names the option. */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const trusted = { issuer: issuer.issuer, jwks: issuer.jwks }
const publicUrl = 'https://api.test'
const fapi = {
  profile: 'fapi2',
  issuer: trusted,
  audience: issuer.audience,
  confirmation: dpop({ publicUrl }),
} satisfies ResourceServerOptions

const make = (changes: object) => resourceServer({ ...fapi, ...changes })

const errorOf = (changes: object): ConfigurationError => {
  try {
    make(changes)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('It was accepted')
}

type Row = readonly [what: string, changes: object, option: string, words: string]

/** Each is a contradiction of its own: the rest of the options is in order. */
const contradictions: readonly Row[] = [
  ['no confirmation', { confirmation: undefined }, 'confirmation', 'is required'],
  ['an empty list of methods', { confirmation: [] }, 'confirmation', 'dpop({ publicUrl })'],
  ['the default RS256, named', { algorithms: 'RS256' }, 'algorithms', 'PS256, ES256 and EdDSA'],
  ['one good and one other algorithm', { algorithms: ['ES256', 'ES384'] }, 'algorithms', 'leave it out'],
  ['another curve of EdDSA', { algorithms: ['Ed25519', 'Ed448'] }, 'algorithms', 'leave it out'],
  ['HS256', { algorithms: 'HS256' }, 'algorithms', 'PS256, ES256 and EdDSA'],
  [
    'a wide list that every issuer narrows again',
    { algorithms: ['RS256'], issuer: { ...trusted, algorithms: ['ES256'] } },
    'algorithms',
    'forbids',
  ],
  ['an issuer’s RS256', { issuer: { ...trusted, algorithms: ['RS256'] } }, 'issuer.algorithms', 'forbids'],
  [
    'the second issuer’s PS512',
    { issuer: ['https://one.test', { ...trusted, algorithms: ['PS512'] }] },
    'issuer[1].algorithms',
    'forbids',
  ],
  [
    'a shared secret',
    { issuer: { issuer: issuer.issuer, secret: issuer.secret } },
    'issuer.secret',
    'key pairs',
  ],
  [
    'a shared secret with its algorithm',
    { issuer: { issuer: issuer.issuer, secret: issuer.secret, algorithms: 'HS256' } },
    'issuer.secret',
    'key pairs',
  ],
  [
    'an issuer of the profile jwt',
    { issuer: { ...trusted, profile: 'jwt' } },
    'issuer.profile',
    'Leave it out',
  ],
  [
    'an issuer of the profile at+jwt',
    { issuer: ['https://one.test', { ...trusted, profile: 'at+jwt' }] },
    'issuer[1].profile',
    'contradicts',
  ],
  ['a token in the body', { acceptTokenFrom: 'body' }, 'acceptTokenFrom', 'Authorization header'],
  ['a token in the query', { acceptTokenFrom: ['header', 'query'] }, 'acceptTokenFrom', 'leave it out'],
  [
    'a token from a function',
    { acceptTokenFrom: () => undefined },
    'acceptTokenFrom',
    'Authorization header',
  ],
  [
    'a token in another header',
    { acceptTokenFrom: ['header', { header: 'x-token' }] },
    'acceptTokenFrom',
    'Authorization header',
  ],
  [
    'proofs by RS256',
    { confirmation: dpop({ publicUrl, algorithms: ['RS256', 'ES256'] }) },
    'dpop.algorithms',
    'Write only PS256, ES256, Ed25519',
  ],
  [
    'proofs by RS256 in a list of methods',
    { confirmation: [dpop({ publicUrl, algorithms: ['ES384'] })] },
    'dpop.algorithms',
    'leave it out',
  ],
  [
    'any audience',
    { audience: undefined, dangerouslyAcceptAnyAudience: true },
    'dangerouslyAcceptAnyAudience',
    'Set audience',
  ],
  [
    'keys over plain http',
    { dangerouslyAllowInsecureHttp: true },
    'dangerouslyAllowInsecureHttp',
    'over https',
  ],
  ['an issuer over plain http', { issuer: 'http://issuer.test' }, 'issuer', 'https'],
  [
    'a key set over plain http',
    { issuer: { issuer: issuer.issuer, jwksUri: 'http://issuer.test/keys' } },
    'issuer.jwksUri',
    'https',
  ],
]

describe('What contradicts the profile throws at start-up', () => {
  test.each(contradictions)('%s', (_what, changes, option, words) => {
    const error = errorOf(changes)
    expect(error.option).toBe(option)
    expect(error.message).toContain(words)
    expect(error.message).toMatch(new RegExp(`^${option.replace(/[[\].]/g, '\\$&')}: `))
  })

  test.each(
    contradictions.filter(
      ([what]) => !/over plain http$|^HS256$/.test(what) || what === 'keys over plain http',
    ),
  )('without the profile it does not: %s', (_what, changes) => {
    make({ profile: 'jwt', ...changes }).close()
  })
})

test('fapi2 is a profile of a server, not of one issuer', () => {
  const error = errorOf({ profile: undefined, issuer: { ...trusted, profile: 'fapi2' } })
  expect(error).toMatchObject({ option: 'issuer.profile', message: expect.stringContaining('top level') })
})

test.each<[string, object]>([
  ['nothing else', {}],
  ['fewer algorithms', { algorithms: ['ES256', 'EdDSA'] }],
  ['fewer algorithms of an issuer', { issuer: { ...trusted, algorithms: 'PS256' } }],
  ['an issuer that repeats the profile', { issuer: { ...trusted, profile: 'fapi2' } }],
  ['the header by name', { acceptTokenFrom: ['header'] }],
  ['the header by its other name', { acceptTokenFrom: { header: 'Authorization' } }],
  ['fewer algorithms of proofs', { confirmation: [dpop({ publicUrl, algorithms: ['EdDSA'] })] }],
  ['anonymous requests', { optional: true }],
  ['an issuer by discovery', { issuer: 'https://issuer.test' }],
  [
    'unsafe options that are off',
    { dangerouslyAllowInsecureHttp: false, dangerouslyAcceptAnyAudience: false },
  ],
])('with the profile there may be %s', (_what, changes) => {
  make(changes).close()
})
