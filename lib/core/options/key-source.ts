/** Where an issuer's keys come from, and which algorithms its tokens may therefore use. */
import { isString } from '../base/own.js'
import { ASYMMETRIC_ALGORITHMS, secretFits, SYMMETRIC_ALGORITHMS } from '../jws/algorithms.js'
import type { Algorithm } from '../jws/algorithms.js'
import { parseKeySet } from '../jws/jwk-set.js'
import type { KeySettings, RemoteKeySettings } from '../keys/settings.js'
import type { AddressPolicy } from '../net/addresses.js'
import { parseFetchableUrl } from '../net/urls.js'
import { isSymmetric } from './algorithms.js'
import { assertUrlOfKeys } from './issuer-identifier.js'
import type { ParsedKeyOptions } from './keys.js'
import type { OptionReader } from './reader.js'
import { parseSharedSecrets } from './shared-secret.js'
import type { AllowList } from './token-options.js'

export interface KeySourceContext extends ParsedKeyOptions {
  readonly allowInsecureHttp: boolean
  readonly addressPolicy: AddressPolicy
  readonly isResolved: boolean
}

export interface ParsedKeySource {
  readonly keys: KeySettings
  readonly algorithms: readonly Algorithm[]
}

/** Each is tried for each token. */
const MAX_SECRETS = 4
const SOURCES = ['jwksUri', 'jwks', 'secret'] as const
const HTTPS_ONLY =
  'must be an https URL without user information. For a local server use http://localhost. ' +
  'Inside a Docker network set dangerouslyAllowInsecureHttp (see node_modules/express-resource-server/docs/docker.md)'

const SECRET = {
  name: 'secret',
  ifKey:
    'Anyone who knows a public key could sign tokens with it. Put public keys into jwks, and remove secret',
}

/** `allowed` is the `algorithms` option, if given. */
export function parseKeySource(
  reader: OptionReader,
  context: KeySourceContext,
  allowed: AllowList | undefined,
): ParsedKeySource {
  if (reader.boolean('opaqueOnly')) return noKeys(reader, context)
  const source = sourceOf(reader)
  if (source === 'secret') return sharedSecret(reader, allowed)
  const algorithms = (allowed?.names ?? ASYMMETRIC_ALGORITHMS).filter((algorithm) => !isSymmetric(algorithm))
  if (algorithms.length === 0) allowed?.reader.fail('algorithms', 'has only HS*, which need a secret')
  if (source === 'jwks') return { keys: givenKeys(reader), algorithms }
  return { keys: remoteKeys(reader, context), algorithms }
}

/** An issuer of opaque tokens only. Its metadata may name the endpoint that introspects them. */
function noKeys(reader: OptionReader, { allowInsecureHttp, limits }: KeySourceContext): ParsedKeySource {
  const useless = [...SOURCES, 'algorithms'].find((name) => reader.has(name))
  if (useless !== undefined) reader.fail(useless, 'has no effect with opaqueOnly, which uses no keys')
  const hasUrl = reader.has('metadataUrl')
  const metadataUrl = hasUrl ? fetchableUrl(reader, 'metadataUrl', allowInsecureHttp) : undefined
  return { keys: { kind: 'none', metadataUrl, limits }, algorithms: [] }
}

function sourceOf(reader: OptionReader): (typeof SOURCES)[number] | undefined {
  const [source, another] = SOURCES.filter((name) => reader.has(name))
  if (another !== undefined)
    reader.fail(another, `cannot be combined with ${String(source)}: keys have one source`)
  if (source !== undefined && reader.has('metadataUrl'))
    reader.fail('metadataUrl', `cannot be combined with ${source}`)
  if ((source === 'secret' || source === 'jwks') && reader.has('keys'))
    reader.fail('keys', `has no effect with ${source}, because nothing is fetched`)
  const unset = SOURCES.find((name) => reader.isUndefined(name))
  if (unset !== undefined && source === undefined && !reader.has('metadataUrl')) {
    reader.fail(
      unset,
      'is undefined, and there is no other source of keys. Set it, or leave it out to use discovery',
    )
  }
  return source
}

function remoteKeys(reader: OptionReader, context: KeySourceContext): RemoteKeySettings {
  const from = (['jwksUri', 'metadataUrl'] as const).find((name) => reader.has(name)) ?? ('issuer' as const)
  const issuer = reader.string('issuer') ?? ''
  const { limits, snapshot, allowInsecureHttp, addressPolicy, isResolved } = context
  const url = fetchableUrl(reader, from, allowInsecureHttp)
  assertUrlOfKeys(url, from, issuer, reader)
  if (from === 'issuer' && /[?#]/.test(issuer))
    reader.fail('issuer', 'must have no query and no fragment (RFC 8414 §2)')
  const where = { issuer, from, url, isResolved }
  return { kind: 'remote', ...where, limits, snapshot, allowInsecureHttp, addressPolicy }
}

function fetchableUrl(reader: OptionReader, name: string, allowInsecureHttp: boolean): URL {
  const url = parseFetchableUrl(reader.string(name) ?? '', { allowInsecureHttp })
  return url ?? reader.fail(name, HTTPS_ONLY)
}

function givenKeys(reader: OptionReader): KeySettings {
  const value = reader.value('jwks')
  if (isString(value)) reader.fail('jwks', adviceAboutText(value))
  if (Array.isArray(value)) reader.fail('jwks', 'is an array. Write it as a JWK Set: { keys: [...] }')
  const index = parseKeySet(reader.record('jwks'), Infinity)
  if (typeof index === 'string') {
    return reader.fail('jwks', 'must be a JWK Set ({ keys: [...] }) with at least one public signature key')
  }
  if (index.dropped.includes('private_key'))
    reader.fail('jwks', 'has a private key. Give only its public members')
  if (index.dropped.includes('symmetric_key')) reader.fail('jwks', 'has a symmetric key. Use secret for that')
  return { kind: 'jwks', index }
}

function adviceAboutText(text: string): string {
  return /^https?:/i.test(text)
    ? 'is a URL. Write it as jwksUri'
    : 'is a string. Write the JWK Set as an object, { keys: [...] }, or parse its JSON'
}

function sharedSecret(reader: OptionReader, allowed: AllowList | undefined): ParsedKeySource {
  const secrets = parseSharedSecrets(reader, SECRET)
  if (secrets.length > MAX_SECRETS) {
    reader.fail(
      'secret',
      `must have at most ${String(MAX_SECRETS)} secrets, because each token is checked with all of them`,
    )
  }
  const fits = (algorithm: Algorithm): boolean =>
    secrets.every((secret) => secretFits(algorithm, secret.byteLength))
  const wanted = allowed && symmetricOf(allowed, reader)
  const algorithms = wanted ?? SYMMETRIC_ALGORITHMS.filter(fits)
  if (algorithms.length === 0 || !algorithms.every(fits)) {
    reader.fail(
      'secret',
      'must be at least as long as the hash: 32 bytes for HS256, 48 for HS384, 64 for HS512',
    )
  }
  return { keys: { kind: 'secret', secrets }, algorithms }
}

/** The list for all issuers may have algorithms for the others. */
function symmetricOf(allowed: AllowList, reader: OptionReader): readonly Algorithm[] {
  const symmetric = allowed.names.filter(isSymmetric)
  if (symmetric.length === 0)
    allowed.reader.fail('algorithms', 'has no HS* algorithm, and a secret is only for these')
  if (allowed.reader === reader && symmetric.length < allowed.names.length)
    reader.fail('algorithms', 'has an algorithm of key pairs, which a secret cannot verify. Write only HS*')
  return symmetric
}
