import { opened, publishedKeys, readJson, sharedSecrets, withVectors } from './published.js'
import type { Keys } from './published.js'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws?: unknown
  readonly result: 'valid' | 'invalid'
}

interface Group {
  readonly comment: string
  readonly private: Keys
  readonly public?: Keys
  readonly tests: readonly Vector[]
}

type Waivers = Readonly<Record<number, string>>

const EMPTY = 'an empty payload is no claims set: refused with the token, before its signature'
const OTHER_ALG = 'the alg of the key is not that of the token, which binds the key: RFC 7517 §4.4'
const NO_ALG = 'the alg of the key, "ES521", is none'
const ILLEGAL = 'marked valid although a part holds a character that is not of base64url'
const NO_PADDING = 'called invalid for its padding, and has none: byte for byte the valid vector 357'
const KID = 'a secret has no kid, and several may be shared while it is being changed'
const JWK_ALG = 'a secret is given as bytes, not as a JWK whose alg could contradict'

const SIGNATURE_WAIVERS: Waivers = {
  259: EMPTY,
  264: EMPTY,
  268: EMPTY,
  272: EMPTY,
  320: EMPTY,
  325: EMPTY,
  346: OTHER_ALG,
  347: NO_ALG,
  350: OTHER_ALG,
  351: NO_ALG,
  367: NO_PADDING,
  370: NO_PADDING,
  372: ILLEGAL,
  373: ILLEGAL,
}

const KEY_WAIVERS: Waivers = { 4: KID, 25: JWK_ALG, 26: JWK_ALG }

withVectors('wycheproof', (folder) => {
  describe.each<[string, Waivers]>([
    ['json_web_signature_test.json', SIGNATURE_WAIVERS],
    ['json_web_key_test.json', KEY_WAIVERS],
    ['json_web_crypto_test.json', {}],
  ])('Wycheproof %s', (file, waivers) => {
    const groups: readonly Group[] = readJson(folder, file).testGroups
    const rows = groups.flatMap((group) =>
      group.tests
        .filter((vector) => vector.jws !== undefined)
        .map((vector) => [vector.tcId, `${group.comment} ${vector.comment}`, vector, group] as const),
    )

    test.each(rows)(
      '%d: %s',
      async (tcId, _title, { jws, result }, { private: own, public: published = own }) => {
        const secrets = sharedSecrets(published)
        const isOpened =
          (await opened(jws, secrets ?? publishedKeys(published), secrets !== undefined)) !== undefined
        const isWaived = Object.hasOwn(waivers, tcId)
        expect(isOpened).toBe((result === 'valid') !== isWaived)
      },
    )

    test('no vector of a symmetric key opens when the key is published', async () => {
      for (const [, , { jws }, group] of rows) {
        if (sharedSecrets(group.private) === undefined) continue
        expect(await opened(jws, publishedKeys(group.private))).toBeUndefined()
      }
    })

    test('no vector opens when the private key is published', async () => {
      for (const [, , { jws }, group] of rows) {
        if (group.public === undefined) continue
        expect(await opened(jws, publishedKeys(group.private))).toBeUndefined()
      }
    })
  })
})
