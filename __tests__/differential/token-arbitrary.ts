/**
 * Random variations of a good token: any member of header and claims, any character, and the whole
 * form may change.
 */
import fc from 'fast-check'
import { AUDIENCE, ISSUER, NOW } from '../support/tokens.js'

/** A member as text, so that names may repeat and numbers may have any form. */
export type Member = readonly [name: string, json: string]

export interface TokenSpec {
  readonly signer: string
  /** The one whose key signs instead. */
  readonly forger: string | undefined
  readonly headerEdits: readonly Edit[]
  readonly claimEdits: readonly Edit[]
  /** A change to the JSON text of header or claims, before it is signed. */
  readonly textEdit: TextEdit | undefined
  /** Changes to the finished token. */
  readonly finalEdits: readonly FinalEdit[]
  readonly isAtJwt: boolean
  readonly hasMaxAge: boolean
}

export interface Edit {
  readonly how: 'set' | 'add' | 'remove'
  readonly name: string
  readonly json: string
}

export interface TextEdit {
  readonly part: 0 | 1
  readonly how: 'replace' | 'before' | 'behind' | 'spaced'
  readonly at: number
  readonly text: string
}

export interface FinalEdit {
  readonly how: 'replace' | 'insert' | 'delete' | 'append' | 'prepend' | 'cut'
  readonly at: number
  readonly text: string
}

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

const ANYTHING = [
  'null',
  'true',
  '""',
  '"x"',
  '0',
  '-1',
  '[]',
  '{}',
  '["x"]',
  '{"a":[1]}',
  deep(60),
  deep(70),
  '"\\u0000\\n"',
]
const TIMES = [-3600, -61, -60, -6, -5, -4, -1, 0, 0.5, 1, 4, 5, 6, 60, 3600]
const DATES = [
  ...TIMES.map((offset) => String(NOW + offset)),
  `${NOW}000`,
  '1e18',
  '1e400',
  '-1e400',
  '253402300799',
  `"${NOW}"`,
]
const AUDIENCES = [
  AUDIENCE,
  [AUDIENCE],
  ['x', AUDIENCE],
  [1, AUDIENCE],
  [null, AUDIENCE],
  [[AUDIENCE]],
  `${AUDIENCE}/`,
  'urn:x',
]

const headerValues: Readonly<Record<string, readonly string[]>> = {
  alg: [
    '"none"',
    '"None"',
    '"HS256"',
    '"RS256"',
    '"ES256"',
    '"Ed25519"',
    '"EdDSA"',
    '"PS256"',
    '["ES256"]',
    '"es256"',
  ],
  kid: ['"es256"', '"ed25519"', '"ES256"', '"line\\nbreak"', '"unknown"', '"__proto__"', '["es256"]'],
  typ: [
    '"JWT"',
    '"at+jwt"',
    '"AT+JWT"',
    '"application/at+jwt"',
    '"application/jwt"',
    '"dpop+jwt"',
    '"at+jwt "',
    '["at+jwt"]',
  ],
  crit: ['[]', '["b64"]', '["x"]', '["exp"]', '"b64"', '["b64","b64"]'],
  b64: ['true', 'false', '"true"'],
  jwk: ['{"kty":"EC"}'],
  jku: ['"https://evil.test/"'],
  cty: ['"JWT"'],
  zip: ['"DEF"'],
  foo: [],
  ['__proto__']: ['{"alg":"none"}'],
  constructor: [],
}

const claimValues: Readonly<Record<string, readonly string[]>> = {
  iss: [ISSUER, `${ISSUER}/`, 'https://ISSUER.test', [ISSUER]].map((value) => JSON.stringify(value)),
  aud: AUDIENCES.map((value) => JSON.stringify(value)),
  exp: DATES,
  nbf: DATES,
  iat: DATES,
  sub: ['"admin"'],
  client_id: ['"c"'],
  jti: ['"j"'],
  tenant: ['"t"'],
  scope: ['"read"', '["read"]'],
  cnf: ['{"jkt":"x"}'],
  at_hash: [],
  c_hash: [],
  s_hash: [],
  events: [],
  typ: ['"ID"', '"Bearer"', '"Refresh"'],
  token_use: ['"id"', '"access"'],
  act: ['{"sub":"x"}'],
  nonce: [],
  ['__proto__']: ['{"exp":1}'],
  constructor: [],
  ['']: [],
}

/** Values of the member's own kind half of the time, anything otherwise. */
function edits(values: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<Edit> {
  return fc.constantFrom(...Object.keys(values)).chain((name) => {
    const own = values[name] ?? []
    return fc.record({
      how: fc.constantFrom('set' as const, 'set' as const, 'set' as const, 'add' as const, 'remove' as const),
      name: fc.constant(name),
      json: fc.oneof(fc.constantFrom(...(own.length > 0 ? own : ANYTHING)), fc.constantFrom(...ANYTHING)),
    })
  })
}

const TEXTS = ['x', '\ufeff', ' ', '\n', '{}', ',', '}', '\0', 'ä', '"', '1']

const textEdit: fc.Arbitrary<TextEdit> = fc.record({
  part: fc.constantFrom(0, 1),
  how: fc.constantFrom('replace', 'before', 'behind', 'spaced'),
  at: fc.nat(400),
  text: fc.constantFrom(...TEXTS),
})

const finalEdit: fc.Arbitrary<FinalEdit> = fc.record({
  how: fc.constantFrom('replace', 'insert', 'delete', 'append', 'prepend', 'cut'),
  at: fc.nat(700),
  text: fc.constantFrom(
    'A',
    'B',
    'w',
    'x',
    '-',
    '_',
    '+',
    '/',
    '=',
    '==',
    '.',
    ' ',
    '\n',
    '%',
    'é',
    '\0',
    '.AAAA',
  ),
})

/** Combinations of edits that chance produces too rarely. */
const HEADER_SCENES: readonly (readonly Edit[])[] = [
  [set('crit', '["b64"]'), set('b64', 'true')],
  [set('alg', '"EdDSA"')],
]
const CLAIM_SCENES: readonly (readonly Edit[])[] = [
  [set('aud', JSON.stringify([1, AUDIENCE]))],
  [set('tenant', 'null')],
  [set('exp', `${NOW}000`)],
]

function set(name: string, json: string): Edit {
  return { how: 'set', name, json }
}

/** Most tokens have few edits, so that many have a single fault. */
function few(
  edit: fc.Arbitrary<Edit>,
  most: number,
  scenes: readonly (readonly Edit[])[],
): fc.Arbitrary<readonly Edit[]> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant([]) },
    { weight: 10, arbitrary: fc.array(edit, { maxLength: most }) },
    { weight: 1, arbitrary: fc.constantFrom(...scenes) },
  )
}

function seldom<T, U>(usual: T, arbitrary: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary })
}

export function tokenSpecs(signers: readonly string[]): fc.Arbitrary<TokenSpec> {
  return fc.record({
    signer: fc.constantFrom(...signers),
    forger: seldom(undefined, fc.constantFrom(...signers)),
    headerEdits: few(edits(headerValues), 2, HEADER_SCENES),
    claimEdits: few(edits(claimValues), 3, CLAIM_SCENES),
    textEdit: seldom(undefined, textEdit),
    finalEdits: seldom([], fc.array(finalEdit, { minLength: 1, maxLength: 2 })),
    isAtJwt: fc.boolean(),
    hasMaxAge: fc.boolean(),
  })
}

export function applyEdits(members: readonly Member[], changes: readonly Edit[]): readonly Member[] {
  return changes.reduce((all, { how, name, json }) => {
    if (how === 'add') return [...all, [name, json] as const]
    const others = all.filter((member) => member[0] !== name)
    return how === 'remove' ? others : [...others, [name, json] as const]
  }, members)
}

export function textOf(members: readonly Member[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`
}

export function applyTextEdit(json: string, { how, at, text }: TextEdit): string {
  const index = at % (json.length + 1)
  if (how === 'before') return text + json
  if (how === 'behind') return json + text
  if (how === 'spaced') return json.replaceAll(',"', ' ,\t"').replace('{', '{\r\n')
  return json.slice(0, index) + text + json.slice(index + 1)
}

export function applyFinalEdit(token: string, { how, at, text }: FinalEdit): string {
  const index = at % (token.length + 1)
  const [before, behind] = [token.slice(0, index), token.slice(index)]
  if (how === 'replace') return before + text + behind.slice(1)
  if (how === 'insert') return before + text + behind
  if (how === 'delete') return before + behind.slice(1)
  if (how === 'cut') return before
  return how === 'append' ? token + text : text + token
}
