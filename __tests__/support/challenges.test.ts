import { parseChallenges } from './challenges.js'

test.each([
  ['Bearer', [{ scheme: 'Bearer', parameters: {} }]],
  ['Bearer realm="a \\"b\\" \\\\"', [{ scheme: 'Bearer', parameters: { realm: 'a "b" \\' } }]],
  ['Bearer realm="a, b", error=x', [{ scheme: 'Bearer', parameters: { realm: 'a, b', error: 'x' } }]],
  [
    'Negotiate YQ==, Bearer',
    [
      { scheme: 'Negotiate', parameters: {} },
      { scheme: 'Bearer', parameters: {} },
    ],
  ],
  [
    'Bearer realm="a" , DPoP algs="ES256"',
    [
      { scheme: 'Bearer', parameters: { realm: 'a' } },
      { scheme: 'DPoP', parameters: { algs: 'ES256' } },
    ],
  ],
])('the strict reader takes %s', (field, challenges) => {
  expect(parseChallenges(field)).toEqual(challenges)
})

test.each([
  ['nothing', ''],
  ['a space at the end', 'Bearer '],
  ['a tab after the scheme', 'Bearer\trealm="a"'],
  ['an unquoted realm', 'Bearer realm=a'],
  ['a realm without its last quote', 'Bearer realm="a'],
  ['parameters without a comma', 'Bearer realm="a" error="b"'],
  ['an empty element', 'Bearer realm="a",, error="b"'],
  ['a comma at the end', 'Bearer realm="a",'],
  ['a parameter twice', 'Bearer realm="a", realm="b"'],
  ['a name in capitals', 'Bearer Realm="a"'],
  ['a space before the equals sign', 'Bearer realm ="a"'],
  ['a quoted-pair that is not needed', 'Bearer realm="\\a"'],
  ['a line break', 'Bearer realm="a\r\nSet-Cookie: b"'],
  ['a letter beyond ASCII', 'Bearer realm="ä"'],
  ['a quote in the description', 'Bearer error_description="a \\" b"'],
  ['a parameter in the description', 'Bearer error_description="needs scope=a"'],
  ['two spaces between scope values', 'Bearer scope="a  b"'],
  ['an empty scope', 'Bearer scope=""'],
  ['an empty error', 'Bearer error=""'],
])('the strict reader refuses %s', (_, field) => {
  expect(() => parseChallenges(field)).toThrow(Error)
})
