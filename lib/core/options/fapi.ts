/**
 * What `profile: 'fapi2'` demands of the other options. FAPI 2.0 Security Profile (Final) §5.2.1, §5.3.4
 * and §5.4. The profile is the server's: an issuer has none of its own.
 */
import type { ConfirmationMethod } from '../http/confirmation.js'
import type { CredentialPlace } from '../http/credentials.js'
import type { Algorithm } from '../jws/algorithms.js'
import { toMethod } from './confirmation-method.js'
import { runGiven } from './given-code.js'
import type { OptionReader } from './reader.js'
import type { AllowList, TokenSettings } from './token-options.js'

/** §5.4.1. Their smallest keys have 2048 bits (RSA), 256 (P-256) and 255 (Ed25519). */
export const FAPI_ALGORITHMS: readonly Algorithm[] = ['PS256', 'ES256', 'Ed25519']

const ONLY_THESE =
  "has an algorithm that profile: 'fapi2' forbids. Write only PS256, ES256 and EdDSA, or leave it out"
const NO_SECRET =
  "cannot be used with profile: 'fapi2', whose tokens are signed with key pairs. Use jwks, jwksUri or discovery"

export function isFapi(top: OptionReader): boolean {
  return top.value('profile') === 'fapi2'
}

/** The top-level options that concern all issuers. */
export function assertFapi(top: OptionReader, forAll: TokenSettings): void {
  assertAlgorithms(forAll.algorithms)
  for (const [name, duty] of [
    ['dangerouslyAcceptAnyAudience', 'tokens must name this API. Set audience instead'],
    ['dangerouslyAllowInsecureHttp', 'connections use TLS. Serve metadata and keys over https'],
  ] as const) {
    if (top.boolean(name)) top.fail(name, `contradicts profile: 'fapi2', by which ${duty}`)
  }
}

/** The options of one issuer, or of a resolver's answer. */
export function assertIssuerProfile(own: TokenSettings, reader: OptionReader, isFapiServer: boolean): void {
  if (!isFapiServer) {
    if (own.profile === 'fapi2')
      reader.fail(
        'profile',
        '"fapi2" holds for a server as a whole. Set it at the top level, for all issuers',
      )
    return
  }
  if (own.profile !== undefined && own.profile !== 'fapi2')
    reader.fail(
      'profile',
      "contradicts the server's profile: 'fapi2', which holds for all issuers. Leave it out",
    )
  if (reader.has('secret')) reader.fail('secret', NO_SECRET)
  assertAlgorithms(own.algorithms)
}

function assertAlgorithms(allowed: AllowList | undefined): void {
  if (allowed?.names.every((name) => FAPI_ALGORITHMS.includes(name)) === false)
    allowed.reader.fail('algorithms', ONLY_THESE)
}

/** §5.3.4 (1) and (2). */
export function assertFapiPlaces(top: OptionReader, places: readonly CredentialPlace[]): void {
  const isAuthorization = (place: CredentialPlace): boolean =>
    place.kind === 'header' && place.name === 'authorization'
  if (!places.every(isAuthorization)) {
    top.fail(
      'acceptTokenFrom',
      `contradicts profile: 'fapi2', by which only the Authorization header has tokens. Write "header", or leave it out`,
    )
  }
}

/** §5.3.4 (5): at least one method, each with the algorithms of the profile. */
export function toFapiMethods(
  top: OptionReader,
  methods: readonly ConfirmationMethod[],
): readonly ConfirmationMethod[] {
  if (methods.length === 0) {
    top.fail(
      'confirmation',
      "is required with profile: 'fapi2', which accepts bound tokens only. Write, for example, dpop({ publicUrl })",
    )
  }
  return methods.map((method) =>
    method.narrowedTo === undefined
      ? method
      : toMethod(
          top,
          runGiven(top, 'confirmation', () => method.narrowedTo?.(FAPI_ALGORITHMS)),
        ),
  )
}
