/** The members of a document: how options are checked, and what they are called on the wire. RFC 9728 §2. */
import { isScopeToken } from '../core/access/scopes.js'
import { isString } from '../core/base/own.js'
import { ASYMMETRIC_ALGORITHMS, isAlgorithm } from '../core/jws/algorithms.js'
import { parseFetchableUrl } from '../core/net/urls.js'
import { isWellKnownUrl, problemOfCopiedUrl } from '../core/options/issuer-identifier.js'
import type { OptionReader } from '../core/options/reader.js'
import { NOT_A_SCOPE_OF_AN_API } from '../core/options/resource-metadata.js'
import type { LocalizedMembers, ProtectedResourceOptions } from './types.js'

/** Reads an option. Throws a ConfigurationError; `undefined` if it is not given. */
type Read = (reader: OptionReader, name: string) => unknown

type Member = readonly [wireName: string, read: Read]

type ServedBy = 'localized' | 'otherMembers' | 'cacheSeconds'

const ABSOLUTE = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i
const BASE64URL_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/
const ONLY_HTTPS = { allowInsecureHttp: false }
const BEARER_METHODS = ['header', 'body', 'query']

/** Members that people read, which may be given in several languages. */
export const LOCALIZED: Readonly<Record<keyof LocalizedMembers, Member>> = {
  resourceName: ['resource_name', (reader, name) => reader.string(name)],
  resourceDocumentation: ['resource_documentation', readPage],
  resourcePolicyUri: ['resource_policy_uri', readPage],
  resourceTosUri: ['resource_tos_uri', readPage],
}

/** In the order of the document. */
export const MEMBERS: Readonly<Record<Exclude<keyof ProtectedResourceOptions, ServedBy>, Member>> = {
  resource: ['resource', readResource],
  authorizationServers: ['authorization_servers', readAuthorizationServers],
  jwksUri: ['jwks_uri', readJwksUri],
  scopesSupported: ['scopes_supported', readScopes],
  bearerMethodsSupported: ['bearer_methods_supported', readBearerMethods],
  resourceSigningAlgValuesSupported: ['resource_signing_alg_values_supported', readAlgorithms],
  ...LOCALIZED,
  tlsClientCertificateBoundAccessTokens: ['tls_client_certificate_bound_access_tokens', readFlag],
  authorizationDetailsTypesSupported: [
    'authorization_details_types_supported',
    (reader, name) => reader.strings(name),
  ],
  dpopSigningAlgValuesSupported: ['dpop_signing_alg_values_supported', readAlgorithms],
  dpopBoundAccessTokensRequired: ['dpop_bound_access_tokens_required', readFlag],
  signedMetadata: ['signed_metadata', readJwt],
}

/** Kept as it is written, because clients compare it with the URL they know. RFC 9728 §1.2, §3.3, RFC 8707 §2. */
function readResource(reader: OptionReader, name: string): string {
  const text = reader.string(name)
  if (text === undefined) reader.fail(name, 'is required: the URL of this API, as clients know it')
  if (!isPlainUrl(text) || text.includes('#')) {
    reader.fail(
      name,
      'must be an https URL in ASCII, without fragment and user information; http only on loopback. A urn: cannot have metadata',
    )
  }
  if (isWellKnownUrl(text)) reader.fail(name, 'is the URL of a document. Write the URL of the API itself')
  assertNotCopied([text], reader, name)
  return text
}

/** RFC 8414 §2. */
function readAuthorizationServers(reader: OptionReader, name: string): readonly string[] {
  const issuers = reader.strings(name)
  if (issuers === undefined)
    reader.fail(name, 'is required: the issuer identifiers of your authorization servers')
  if (!issuers.every((each) => isPlainUrl(each) && !/[?#]/.test(each)))
    reader.fail(name, 'must be https URLs without query and fragment, or http on loopback')
  if (issuers.some(isWellKnownUrl))
    reader.fail(name, 'has the URL of a document. Write the issuer, which ends before /.well-known/')
  assertNotCopied(issuers, reader, name)
  return issuers
}

function readJwksUri(reader: OptionReader, name: string): string | undefined {
  const text = reader.string(name)
  if (text === undefined) return undefined
  if (!isPlainUrl(text)) reader.fail(name, 'must be an https URL, or http on loopback')
  assertNotCopied([text], reader, name)
  return text
}

function readPage(reader: OptionReader, name: string): string | undefined {
  const text = reader.string(name)
  if (text === undefined) return undefined
  if (!(ABSOLUTE.test(text) && URL.canParse(text))) reader.fail(name, 'must be an http or https URL in ASCII')
  assertNotCopied([text], reader, name)
  return text
}

function readScopes(reader: OptionReader, name: string): readonly string[] | undefined {
  const scopes = reader.strings(name)
  if (scopes === undefined) return undefined
  if (!scopes.every(isScopeToken)) reader.fail(name, 'must be scope values, which have no spaces or quotes')
  if (scopes.includes('offline_access')) reader.fail(name, NOT_A_SCOPE_OF_AN_API)
  return scopes
}

function readBearerMethods(reader: OptionReader, name: string): readonly string[] {
  const methods = reader.strings(name, { mayBeEmpty: true }) ?? ['header']
  if (!methods.every((each) => BEARER_METHODS.includes(each)) || new Set(methods).size < methods.length)
    reader.fail(name, 'must hold "header", "body" and "query", each at most once')
  return methods
}

/** RFC 9728 §2 forbids `none`. Clients and the resource share no secret. */
function readAlgorithms(reader: OptionReader, name: string): readonly string[] | undefined {
  const algorithms = reader.strings(name)
  const isKnown = (each: string): boolean =>
    each === 'EdDSA' || (isAlgorithm(each) && ASYMMETRIC_ALGORITHMS.includes(each))
  if (algorithms?.every(isKnown) === false)
    reader.fail(name, 'must be asymmetric signature algorithms, such as ES256')
  return algorithms
}

function readFlag(reader: OptionReader, name: string): boolean | undefined {
  return reader.has(name) ? reader.boolean(name) : undefined
}

/** RFC 9728 §2.2. The form only: the signature is for clients to check. */
function readJwt(reader: OptionReader, name: string): string | undefined {
  const text = reader.string(name)
  if (text !== undefined && !BASE64URL_PARTS.test(text)) reader.fail(name, 'must be a signed JWT')
  return text
}

function assertNotCopied(urls: readonly string[], reader: OptionReader, name: string): void {
  const problem = urls.map(problemOfCopiedUrl).find((each) => each !== undefined)
  if (problem !== undefined) reader.fail(name, problem)
}

function isPlainUrl(text: unknown): boolean {
  return isString(text) && ABSOLUTE.test(text) && parseFetchableUrl(text, ONLY_HTTPS) !== undefined
}
