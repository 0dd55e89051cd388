/**
 * Where credentials may be: the Authorization header, a form, the query, and their surroundings.
 * RFC 6750 §2, RFC 9110 §11.
 */
import type { Case, Sent } from '../support/cases.js'
import type { World } from '../support/world.js'

const authorization = (...values: string[]): Sent[] =>
  values.map((value) => ({ headers: { authorization: value } }))
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const form = (token: string, more: object = {}): Sent => ({
  method: 'POST',
  headers: FORM,
  body: `access_token=${token}`,
  ...more,
})
const inBody = () => ({ acceptTokenFrom: ['header', 'body'] as const })
const inQuery = () => ({ acceptTokenFrom: ['header', 'query'] as const })
const raw = (lines: string): Sent => ({
  raw: `GET {path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n${lines}\r\n\r\n`,
})

const header: Case[] = [
  {
    what: 'no credentials: a challenge without a code',
    ids: 'TRN-001',
    status: 401,
    error: 'none',
    requests: () => [{}, { method: 'POST' }, { method: 'DELETE' }],
    sees: (_, { challenge, body }) =>
      expect([challenge?.parameters, Object.keys(body)]).toEqual([{}, ['message']]),
  },
  {
    what: 'the scheme in any case, and two spaces behind it',
    ids: 'TRN-002 POS-024',
    status: 200,
    requests: (w) =>
      ['bearer', 'BEARER', 'bEaReR', 'Bearer '].flatMap((scheme) => authorization(`${scheme} ${w.token()}`)),
  },
  {
    what: 'the header name in any case',
    ids: 'POS-025',
    status: 200,
    requests: (w) =>
      ['AUTHORIZATION', 'authorization', 'aUtHoRiZaTiOn'].map((name) => raw(`${name}: Bearer ${w.token()}`)),
  },
  {
    what: 'a tab behind the scheme',
    ids: 'TRN-004',
    status: 400,
    requests: (w) => authorization(`Bearer\t${w.token()}`, `Bearer \t${w.token()}`, `Bearer\t ${w.token()}`),
  },
  {
    what: 'only the scheme',
    ids: 'TRN-005',
    status: 400,
    requests: () => [...authorization('Bearer', 'Bearer ', 'bearer   '), raw('Authorization: Bearer')],
  },
  { what: 'an empty header', status: 400, requests: () => raw('Authorization:') },
  {
    what: 'credentials of another scheme are none of ours',
    ids: 'TRN-006',
    status: 401,
    error: 'none',
    requests: () =>
      authorization(
        'Basic dXNlcjpwYXNz',
        'Digest username="u", realm="r"',
        'Negotiate YIIB',
        'Bearers abc',
        'XBearer abc',
      ),
  },
  {
    what: 'a token without a scheme',
    ids: 'TRN-007',
    status: 400,
    requests: (w) => authorization(w.token(), 'Token'),
  },
  {
    what: 'a scheme glued to the token',
    ids: 'TRN-008',
    status: 400,
    requests: (w) =>
      ['', ':', '=', ',', '/', '"'].flatMap((glue) => authorization(`Bearer${glue}${w.token()}`)),
  },
  {
    what: 'something behind the token',
    ids: 'TRN-009',
    status: 400,
    requests: (w) =>
      authorization(`Bearer ${w.token()} foo`, `Bearer ${w.token()};x`, `Bearer foo ${w.token()}`),
  },
  {
    what: 'two credentials joined by a comma',
    ids: 'TRN-010',
    status: 400,
    requests: (w) =>
      authorization(
        `Bearer ${w.token()}, Bearer ${w.token()}`,
        `Bearer ${w.token()}, Basic x`,
        `Bearer ${w.token()},Bearer x`,
        `Bearer , ${w.token()}`,
        `Bearer ${w.token()},`,
      ),
  },
  {
    what: 'other credentials before ours in one header are other credentials',
    status: 401,
    error: 'none',
    requests: (w) => authorization(`Basic x, Bearer ${w.token()}`),
  },
  {
    what: 'two headers, of which Node would keep the first',
    ids: 'JWK-064',
    status: 400,
    requests: (w) => {
      const good = `Authorization: Bearer ${w.token()}`
      return [
        `${good}\r\n${good}`,
        `${good}\r\nAuthorization: Bearer x`,
        `Authorization: Bearer x\r\n${good}`,
        `${good}\r\nauthorization: Basic x`,
        `${good}\r\nX: y\r\nAUTHORIZATION:`,
      ].map(raw)
    },
  },
  {
    what: 'quotes, commas, equal signs and foreign letters',
    status: 400,
    requests: (w) => [
      ...authorization(
        `Bearer "${w.token()}"`,
        `Bearer token="${w.token()}"`,
        `Bearer =`,
        `Bearer a=b`,
        `Bearer <${w.token()}>`,
      ),
      raw(`Authorization: Bearer ${w.token()}\u00e9`),
      raw(`Authorization: Bearer \u00a0${w.token()}`),
    ],
  },
  {
    what: 'a text that is no JWT, in all the characters of a bearer token',
    ids: 'ISS-016',
    requests: () =>
      authorization(
        'Bearer ABCxyz019-._~+/',
        'Bearer opaque-token-value==',
        'Bearer a',
        'Bearer null',
        'Bearer undefined',
      ),
  },
  {
    what: 'a header of 14 KB',
    ids: 'TRN-017',
    requests: () => authorization(`Bearer ${'a'.repeat(14_000)}`),
  },
  {
    what: 'a header of 100 KB is refused by Node',
    ids: 'TRN-018',
    status: 431,
    requests: () => raw(`Authorization: Bearer ${'a'.repeat(100_000)}`),
  },
  {
    what: 'a token that is larger than the limit, where Node lets it through',
    options: () => ({ acceptTokenFrom: ['body'] as const, maxTokenBytes: 16_384 }),
    requests: () => form('a'.repeat(90_000)),
  },
  {
    what: 'many spaces, and many words',
    ids: 'DOS-003',
    status: 400,
    requests: () =>
      authorization(
        `Bearer ${' '.repeat(8000)}!`,
        `Bearer ${'a '.repeat(4000)}`,
        `Bearer ${'='.repeat(8000)}`,
        `Bearer ${'a'.repeat(8000)}!`,
      ),
  },
  {
    what: 'line breaks in kid, iss and scope of a bad token',
    ids: 'TRN-041 ERR-010',
    tokens: (w) => {
      const inject = 'x\r\nSet-Cookie: stolen=session\r\n\r\n<script>alert(1)</script>'
      return [
        w.token({ header: { kid: inject } }),
        w.token({ claims: { iss: inject } }),
        w.token({ claims: { scope: inject, aud: inject } }),
        w.token({ header: { alg: inject, typ: inject } }),
        w.token({ claims: { sub: inject, exp: 1 } }),
      ]
    },
    sees: (_, { headers }) => expect(headers['set-cookie']).toBeUndefined(),
  },
  {
    what: 'what the client would like to read does not change the answer',
    ids: 'ERR-009',
    requests: () =>
      ['text/html', 'application/json', '*/*', 'text/html,<script>', ''].map((accept) => ({
        headers: { accept, authorization: 'Bearer <script>alert(1)</script>' },
      })),
    status: 400,
    sees: (_, { headers, text }) =>
      expect([headers['content-type'], text.includes('<')]).toEqual(['application/json', false]),
  },
]

/** NUL and control characters: Node.js refuses most of them itself, and none may pass. */
export const controlCharacters: readonly Sent[] = ['\u0000', '\u0001', '\u007f', '\r', '\n', '\u000b'].map(
  (sign) => raw(`Authorization: Bearer a${sign}b`),
)

const places: Case[] = [
  {
    what: 'a token in the query, where it is not looked for',
    status: 401,
    error: 'none',
    requests: (w) => [{ path: `?access_token=${w.token()}` }, { path: `?access_token[]=${w.token()}` }],
  },
  {
    what: 'a token in the query, where it is',
    ids: 'TRN-021',
    status: 200,
    options: inQuery,
    requests: (w) => ({ path: `?access_token=${w.token()}` }),
    sees: (_, { headers }) => expect(headers['cache-control']).toBe('private'),
  },
  {
    what: 'the query parameter twice',
    ids: 'TRN-022',
    status: 400,
    options: inQuery,
    requests: (w) =>
      [
        `?access_token=bad&access_token=${w.token()}`,
        `?access_token=${w.token()}&access_token=${w.token()}`,
        `?access_token=${w.token()}&access%5ftoken=`,
      ].map((path) => ({ path })),
  },
  {
    what: 'a token in header and query',
    ids: 'TRN-024 TRN-025',
    status: 400,
    options: inQuery,
    requests: (w) =>
      [`?access_token=${w.token()}`, '?access_token=', '?access_token=a&access_token=b'].map((path) => ({
        path,
        token: w.token(),
      })),
  },
  {
    what: 'a token in the header, and things in a query that is not looked at',
    ids: 'TRN-024',
    status: 200,
    requests: (w) =>
      ['?access_token=', '?access_token=a&access_token=b', '?access_token[]=x'].map((path) => ({
        path,
        token: w.token(),
      })),
  },
  {
    what: 'a query parameter in the clothes of another',
    status: 401,
    error: 'none',
    options: inQuery,
    requests: (w) =>
      [
        `?access_token[]=${w.token()}`,
        `?access_token[x]=${w.token()}`,
        `?ACCESS_TOKEN=${w.token()}`,
        `?x=access_token=${w.token()}`,
        '?__proto__[access_token]=x',
        '?constructor[prototype][access_token]=x',
      ].map((path) => ({ path })),
  },
  {
    what: 'a form, where it is not looked for',
    ids: 'TRN-026',
    status: 401,
    error: 'none',
    requests: (w) => form(w.token()),
  },
  {
    what: 'a form, where it is',
    status: 200,
    options: inBody,
    requests: (w) => [form(w.token()), form(w.token(), { method: 'PUT' })],
  },
  {
    what: 'a form with a method that has no content',
    ids: 'TRN-027',
    status: 401,
    error: 'none',
    options: inBody,
    requests: (w) => ['GET', 'DELETE', 'OPTIONS'].map((method) => form(w.token(), { method })),
  },
  {
    what: 'a body that is no form',
    ids: 'TRN-028',
    status: 401,
    error: 'none',
    options: inBody,
    requests: (w) => [
      form(w.token(), {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ access_token: w.token() }),
      }),
      form(w.token(), { headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
      form(w.token(), { headers: { 'content-type': 'text/plain' } }),
      form(w.token(), { headers: { 'content-type': 'application/x-www-form-urlencoded-not' } }),
      form(w.token(), { headers: {} }),
    ],
  },
  {
    what: 'a form whose token is an array, an object or empty',
    status: 400,
    options: inBody,
    requests: (w) =>
      [
        'access_token=a&access_token=b',
        'access_token[]=a',
        'access_token[x]=a',
        'access_token=',
        `access_token=${w.token()}&access_token=`,
      ].map((body) => ({ method: 'POST', headers: FORM, body })),
  },
  {
    what: 'a form that aims at prototypes',
    status: 401,
    error: 'none',
    options: inBody,
    requests: (w) =>
      [
        `__proto__[access_token]=${w.token()}`,
        `constructor[prototype][access_token]=${w.token()}`,
        'hasOwnProperty=1',
      ].map((body) => ({ method: 'POST', headers: FORM, body })),
  },
  {
    what: 'a token in header and form',
    status: 400,
    options: inBody,
    requests: (w) => form(w.token(), { headers: { ...FORM, authorization: `Bearer ${w.token()}` } }),
  },
  {
    what: 'another method by name does not change which method counts',
    ids: 'TRN-035',
    status: 401,
    error: 'none',
    options: inBody,
    requests: (w) => [
      form(w.token(), { method: 'GET', headers: { ...FORM, 'x-http-method-override': 'POST' } }),
      form(w.token(), { method: 'GET', path: '?_method=POST' }),
    ],
  },
  {
    what: 'a preflight has no exception: cors() stands in front',
    ids: 'TRN-037',
    status: 401,
    error: 'none',
    requests: () => ({
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
    }),
  },
  {
    what: 'a request target in absolute form',
    ids: 'TRN-040',
    status: 200,
    requests: (w: World) => ({
      raw: `GET http://other{path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\nAuthorization: Bearer ${w.token()}\r\n\r\n`,
    }),
  },
  {
    what: 'forwarding headers do not matter',
    status: 200,
    requests: (w) => ({
      token: w.token(),
      headers: {
        'x-forwarded-host': 'evil.example',
        forwarded: `for=${'"'.repeat(2000)}`,
        'x-original-url': '/admin',
        'x-forwarded-client-cert': 'By='.repeat(500),
      },
    }),
  },
]

export const transportCases: readonly Case[] = [...header, ...places]
