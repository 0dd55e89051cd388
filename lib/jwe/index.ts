/** Encrypted tokens: JWTs that only this API can read. RFC 7516. */
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { Handler } from '../core/http/request.js'
import type { DecryptionPlan, VerifierContext } from '../core/server/settings.js'
import type { TokenVerifier } from '../core/token/verifier.js'
import { Decryptor } from './decryptor.js'
import { jwksHandler } from './jwks-route.js'
import { parseJweOptions } from './options.js'
import type { JweSettings } from './options.js'
import type { JweDecryption, JweOptions } from './types.js'
import { JweVerifier } from './verifier.js'
import type { JweVerifierConfig } from './verifier.js'

export type { JweDecryption, JweKeyObject, JweOptions } from './types.js'

/**
 * A value for the option `decryption` of `resourceServer`: accepts encrypted tokens whose content is
 * a signed JWT (RFC 7519 §5.2), which is verified like one that came alone. Such a token may be in
 * the header's compact form only.
 *
 * Not checked: who encrypted the token. Anyone can, as the keys for that are public: the signature
 * inside decides.
 *
 * @throws {ConfigurationError} for a wrong option or key.
 * @example
 * const decryption = jwe({ keys: [JSON.parse(await readFile('api-private.jwk.json', 'utf8'))] })
 * app.get('/jwks', decryption.jwksRoute())
 * app.use(resourceServer({ issuer, audience, decryption }))
 */
export function jwe(options: JweOptions, ignored?: Ignored): JweDecryption
export function jwe(...args: readonly unknown[]): JweDecryption {
  assertNotHandler('jwe', args, NO_HANDLER)
  return new NestedTokens(parseJweOptions(args[0] as JweOptions))
}

/** Keys are in private fields: printing or serializing the value shows none. */
class NestedTokens implements JweDecryption, DecryptionPlan {
  readonly #settings: JweSettings
  readonly #config: JweVerifierConfig

  constructor(settings: JweSettings) {
    const { keys, algorithms, encryptions, isRequired } = settings
    const gates = { algorithms: new Set<string>(algorithms), encryptions: new Set<string>(encryptions) }
    this.#settings = settings
    this.#config = { gates, decryptor: new Decryptor(keys), isRequired }
  }

  makeVerifier(context: VerifierContext): TokenVerifier {
    return new JweVerifier(this.#config, context)
  }

  jwksRoute(): Handler {
    const halves = this.#settings.keys.map(({ publicJwk }) => publicJwk)
    return jwksHandler(halves.filter((half) => half !== undefined))
  }
}
