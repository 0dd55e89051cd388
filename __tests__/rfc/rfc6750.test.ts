/**
 * RFC 6750 §2, how a bearer token is sent: every MUST and SHOULD that concerns a resource server.
 * §3 and §5: see the other rfc6750 files.
 */
import type { Ask } from '../support/http.js'
import { authorization, bare, bearerTable, malformed, passed, refused } from '../support/bearer-table.js'
import type { BearerRow } from '../support/bearer-table.js'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const anywhere: BearerRow[3] = { acceptTokenFrom: ['header', 'body', 'query'] }

describe('RFC 6750 §2: one access token', () => {
  bearerTable([
    [
      '§2 the header and a form together are refused',
      (t) => ({ method: 'POST', token: t, headers: form, body: `access_token=${t}` }),
      malformed,
      anywhere,
    ],
    [
      '§2 the header and the query together are refused',
      (t) => ({ token: t, path: `/?access_token=${t}` }),
      malformed,
      anywhere,
    ],
    [
      '§2 a form and the query together are refused',
      (t) => ({ method: 'POST', headers: form, body: `access_token=${t}`, path: `/?access_token=${t}` }),
      malformed,
      anywhere,
    ],
    [
      '§2 not done: a second token in a place that is not enabled is not looked for',
      (t) => ({ token: t, path: `/?access_token=${t}` }),
      passed,
    ],
  ])
})

describe('RFC 6750 §2.1: the Authorization request header field', () => {
  bearerTable([
    ['§2.1 this method is supported, without any option', (t) => authorization(`Bearer ${t}`), passed],
    [
      '§2.1 the scheme is compared without case (RFC 9110 §11.1)',
      (t) => authorization(`bEARER ${t}`),
      passed,
    ],
    ['§2.1 one or more spaces may follow the scheme', (t) => authorization(`Bearer     ${t}`), passed],
    ['§2.1 a space must follow the scheme', (t) => authorization(`Bearer${t}`), malformed],
    ['§2.1 a tab is no space', (t) => authorization(`Bearer\t${t}`), malformed],
    ['§2.1 a token must follow', () => authorization('Bearer'), malformed],
    [
      '§2.1 a b64token has letters, digits and -._~+/ and ends in any number of =',
      () => authorization('Bearer AZaz09-._~+/=='),
      refused,
    ],
    ['§2.1 a b64token has no = within', () => authorization('Bearer a=b'), malformed],
    ['§2.1 a b64token is not only =', () => authorization('Bearer =='), malformed],
    ['§2.1 a b64token has no other character', () => authorization('Bearer a!b'), malformed],
    ['§2.1 nothing follows the token', (t) => authorization(`Bearer ${t} ${t}`), malformed],
    [
      '§2.1 parameters are no credentials of this scheme',
      (t) => authorization(`Bearer token="${t}"`),
      malformed,
    ],
  ])
})

describe('RFC 6750 §2.2: the form-encoded body parameter', () => {
  const body: BearerRow[3] = { acceptTokenFrom: 'body' }
  const post = (t: string): Ask => ({ method: 'POST', headers: form, body: `access_token=${t}` })

  bearerTable([
    ['§2.2 this method should not be used where the header can be: it is off by default', post, bare],
    ['§2.2 this method may be supported', post, passed, body],
    [
      '§2.2 the content type is application/x-www-form-urlencoded',
      (t) => ({
        ...post(t),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ access_token: t }),
      }),
      bare,
      body,
    ],
    [
      '§2.2 a content type with parameters is the same',
      (t) => ({ ...post(t), headers: { 'content-type': `${form['content-type']};charset=UTF-8` } }),
      passed,
      body,
    ],
    [
      '§2.2 a body of several parts carries none',
      (t) => ({ ...post(t), headers: { 'content-type': 'multipart/form-data; boundary=a' } }),
      bare,
      body,
    ],
    [
      '§2.2 the content follows the encoding of forms: what is percent-encoded is decoded',
      (t) => post(t.replace(/^e/, '%65')),
      passed,
      body,
    ],
    [
      '§2.2 content that is called a form, and is JSON, carries none',
      (t) => ({ ...post(t), body: JSON.stringify({ access_token: t }) }),
      bare,
      body,
    ],
    ['§2.2 the content is ASCII', () => post('%C3%A4'), malformed, body],
    [
      '§2.2 the content is ASCII: not checked for other parameters, which belong to the application',
      (t) => ({ ...post(t), body: `name=%C3%A4&access_token=${t}` }),
      passed,
      body,
    ],
    ['§2.2 GET must not be used', (t) => ({ ...post(t), method: 'GET' }), bare, body],
    ...['DELETE', 'OPTIONS', 'HEAD'].map((method): BearerRow => [
      `§2.2 nor a method whose content has no defined semantics: ${method}`,
      (t) => ({ ...post(t), method }),
      bare,
      body,
    ]),
    ['§2.2 a method whose content has some may be', (t) => ({ ...post(t), method: 'PATCH' }), passed, body],
    [
      '§2.2 other parameters are allowed, separated by &',
      (t) => ({ ...post(t), body: `a=b&access_token=${t}&c=d` }),
      passed,
      body,
    ],
    [
      '§2.2 a parameter that is not separated by & is not one',
      (t) => ({ ...post(t), body: `a=b;access_token=${t}` }),
      bare,
      body,
    ],
    [
      '§2.2 and §1.1 the parameter is called access_token, in that case',
      (t) => ({ ...post(t), body: `Access_Token=${t}` }),
      bare,
      body,
    ],
  ])
})

describe('RFC 6750 §2.3: the URI query parameter', () => {
  const query: BearerRow[3] = { acceptTokenFrom: 'query' }

  bearerTable([
    [
      '§2.3 this method should not be used where others can be: it is off by default',
      (t) => ({ path: `/?access_token=${t}` }),
      bare,
    ],
    ['§2.3 this method may be supported', (t) => ({ path: `/?access_token=${t}` }), passed, query],
    [
      '§2.3 other parameters are allowed, separated by &',
      (t) => ({ path: `/?a=b&access_token=${t}&p=q` }),
      passed,
      query,
    ],
    [
      '§2.3 a parameter not separated by & is not one',
      (t) => ({ path: `/?a=b;access_token=${t}` }),
      bare,
      query,
    ],
    [
      '§2.3 and §1.1 the parameter is called access_token, in that case',
      (t) => ({ path: `/?Access_Token=${t}` }),
      bare,
      query,
    ],
    [
      '§2.3 clients should send Cache-Control: no-store: not done: it is not asked for, and changes nothing',
      (t) => ({ path: `/?access_token=${t}`, headers: { 'cache-control': 'no-store' } }),
      { ...passed, cache: 'private' },
      query,
    ],
    [
      '§2.3 a successful answer is marked Cache-Control: private',
      (t) => ({ path: `/?access_token=${t}` }),
      { ...passed, cache: 'private' },
      query,
    ],
    [
      '§2.3 an answer to a header is not, where the query is enabled',
      (t) => ({ token: t }),
      { ...passed, cache: undefined },
      anywhere,
    ],
    [
      '§2.3 stricter: a refusal is not stored at all',
      () => ({ path: '/?access_token=a' }),
      { ...refused, cache: 'no-store' },
      query,
    ],
    [
      '§2.3 stricter: nor is that of a guard',
      (t) => ({ path: `/write?access_token=${t}` }),
      { status: 403, cache: 'no-store' },
      query,
    ],
  ])
})
