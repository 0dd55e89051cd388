/** Whether a document promises what its server does. RFC 9728 §2. */
import { ConfigurationError } from '../core/errors/errors.js'
import type { AdvertisedServer } from '../core/http/resource-metadata.js'
import type { Promises } from './document.js'

/** Members of `cnf`: RFC 9449 §6.1, RFC 8705 §3.1. */
const DPOP = 'jkt'
const CERTIFICATE = 'x5t#S256'

/** Throws a ConfigurationError that says what to write. */
export function assertAgreement(promises: Promises, server: AdvertisedServer): void {
  assertIssuers(promises, server)
  assertBearerMethods(promises, server)
  assertCertificates(promises, server)
  assertDpop(promises, server)
}

function fail(problem: string): never {
  throw new ConfigurationError(`resourceMetadata: ${problem}`, 'resourceMetadata')
}

/** Only near misses: another authorization server may stand in front of the issuer. */
function assertIssuers({ authorizationServers }: Promises, { issuers = [] }: AdvertisedServer): void {
  const known = new Set(issuers)
  const isNear = (each: string): boolean =>
    known.has(`${each}/`) || (each.endsWith('/') && known.has(each.slice(0, -1)))
  if (authorizationServers.some((each) => !known.has(each) && isNear(each)))
    fail('authorizationServers and issuer differ by a trailing slash. Write both as "iss" has it')
}

function assertBearerMethods({ bearerMethodsSupported }: Promises, server: AdvertisedServer): void {
  const accepted = server.places.flatMap((place) => {
    if (place.kind === 'header') return place.name === 'authorization' ? ['header'] : []
    return place.kind === 'function' ? [] : [place.kind]
  })
  // Where DPoP is required, no bearer token is accepted, so an empty list is right too.
  const expected = requiresDpop(server) && bearerMethodsSupported.length === 0 ? [] : accepted
  const isSame =
    expected.length === bearerMethodsSupported.length &&
    bearerMethodsSupported.every((each) => expected.includes(each))
  if (!isSame)
    fail(`acceptTokenFrom contradicts bearerMethodsSupported. Write it as ${JSON.stringify(accepted)}`)
}

function assertCertificates(
  { tlsClientCertificateBoundAccessTokens: isPromised = false }: Promises,
  { confirmation }: AdvertisedServer,
): void {
  const isSupported = confirmation.some(({ member }) => member === CERTIFICATE)
  if (isPromised === isSupported) return
  fail(
    isPromised
      ? 'tlsClientCertificateBoundAccessTokens needs confirmation: mtls()'
      : 'confirmation accepts certificates. Write tlsClientCertificateBoundAccessTokens: true',
  )
}

function assertDpop(
  { dpopBoundAccessTokensRequired: isPromised = false, dpopSigningAlgValuesSupported = [] }: Promises,
  server: AdvertisedServer,
): void {
  if (isPromised && !requiresDpop(server))
    fail(
      'dpopBoundAccessTokensRequired needs confirmation: dpop({ required: true, … }), without another method',
    )
  if (!isPromised && requiresDpop(server))
    fail('confirmation accepts tokens with DPoP only. Write dpopBoundAccessTokensRequired: true')
  const accepted = proofAlgorithms(server)
  if (!dpopSigningAlgValuesSupported.every((each) => accepted.includes(each)))
    fail('dpopSigningAlgValuesSupported has an algorithm that no dpop() in confirmation accepts')
}

/** Whether every token must be bound, and by DPoP. */
function requiresDpop({ confirmation, requiresConfirmation }: AdvertisedServer): boolean {
  return requiresConfirmation && confirmation.every(({ member }) => member === DPOP)
}

/** As the challenge names them (RFC 9449 §7.1). */
function proofAlgorithms({ confirmation }: AdvertisedServer): readonly string[] {
  const method = confirmation.find(({ member }) => member === DPOP)
  const names = method?.challenge?.parameters['algs']?.split(' ') ?? []
  return names.includes('Ed25519') ? [...names, 'EdDSA'] : names
}
