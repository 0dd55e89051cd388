/** Where an issuer's keys come from, and with them the algorithms that its tokens may use. */
import type { AddressPolicy } from '../net/addresses.js'
import { ASYMMETRIC_ALGORITHMS, secretFits, SYMMETRIC_ALGORITHMS } from '../jws/algorithms.js'
import type { Algorithm } from '../jws/algorithms.js'
import type { Clocks } from '../base/clock.js'
import { discoverKeys } from '../keys/discovery.js'
import type { LocateKeys } from '../keys/discovery.js'
import { KeyIndex, MAX_CANDIDATES, parseKeySet } from '../jws/jwk-set.js'
import { StaticKeySet } from '../keys/key-set.js'
import type { KeySet } from '../keys/key-set.js'
import type { KeyLimits } from '../keys/limits.js'
import type { KeyRecord } from '../keys/record.js'
import { sharedKeySet } from '../keys/registry.js'
import type { SharedKeySetConfig } from '../keys/registry.js'
import { entryFor, recordOf } from '../keys/snapshot.js'
import { toSecretKey } from '../jws/verification-key.js'
import { isString } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { publicTransport } from '../net/transport.js'
import type { Transport } from '../net/transport.js'
import { parseFetchableUrl } from '../net/urls.js'
import type { UrlPolicy } from '../net/urls.js'
import { isSymmetric } from './algorithms.js'
import type { OptionReader } from './reader.js'
import type { AllowList } from './token-options.js'

export interface KeySourceContext {
  readonly limits: KeyLimits
  readonly snapshot: JsonObject | undefined
  readonly transport: Transport
  readonly clocks: Clocks
  readonly urlPolicy: UrlPolicy
  /** Default `'any'`: the issuers of the options are the operator's own choice. */
  readonly addressPolicy?: AddressPolicy | undefined
}

export interface KeySource {
  readonly keys: KeySet
  readonly algorithms: readonly Algorithm[]
}

const SOURCES = ['jwksUri', 'jwks', 'secret'] as const
const HTTPS_ONLY = 'must be an https URL without user information; http is for loopback'

/** `allowed` is the allow-list of the options, if there is one. */
export function parseKeySource(
  reader: OptionReader,
  context: KeySourceContext,
  allowed: AllowList | undefined,
): KeySource {
  const source = sourceOf(reader)
  if (source === 'secret') return sharedSecret(reader, allowed)
  const algorithms = (allowed?.names ?? ASYMMETRIC_ALGORITHMS).filter((algorithm) => !isSymmetric(algorithm))
  if (algorithms.length === 0) allowed?.reader.fail('algorithms', 'holds HS* alone, which need a secret')
  if (source === 'jwks') return { keys: givenKeys(reader), algorithms }
  const place = source === 'jwksUri' ? fixedPlace(reader, context) : discovery(reader, context)
  const keys = sharedKeySet({ ...context, ...place, transport: transportOf(context) })
  const record = imported(reader, context)
  if (record !== undefined && (source === undefined || record.url === place.place)) keys.adopt(record)
  return { keys, algorithms }
}

function sourceOf(reader: OptionReader): (typeof SOURCES)[number] | undefined {
  const [source, another] = SOURCES.filter((name) => reader.has(name))
  if (another !== undefined)
    reader.fail(another, `cannot stand beside ${String(source)}: keys have one source`)
  if (source !== undefined && reader.has('metadataUrl'))
    reader.fail('metadataUrl', `cannot stand beside ${source}`)
  if ((source === 'secret' || source === 'jwks') && reader.has('keys'))
    reader.fail('keys', `has no meaning beside ${source}: nothing is fetched`)
  return source
}

/** The keys of a snapshot, unless it was taken of another place. */
function imported(reader: OptionReader, context: KeySourceContext): KeyRecord | undefined {
  const { snapshot, limits, clocks } = context
  const entry = snapshot && entryFor(reader.string('issuer') ?? '', snapshot)
  return entry && recordOf(entry, limits, clocks.now())
}

function transportOf({ transport, addressPolicy }: KeySourceContext): Transport {
  return addressPolicy === 'public' ? publicTransport(transport) : transport
}

type Place = Pick<SharedKeySetConfig, 'place' | 'locate' | 'identity'>

function fixedPlace(reader: OptionReader, context: KeySourceContext): Place {
  const url = fetchableUrl(reader, 'jwksUri', context.urlPolicy)
  const locate: LocateKeys = () => Promise.resolve({ url, metadata: undefined })
  return { place: url.href, identity: identityOf(context, ['jwksUri', url.href]), locate }
}

function discovery(reader: OptionReader, context: KeySourceContext): Place {
  const issuer = reader.string('issuer') ?? ''
  if (reader.has('metadataUrl')) {
    const metadataUrl = fetchableUrl(reader, 'metadataUrl', context.urlPolicy)
    const identity = identityOf(context, ['metadataUrl', metadataUrl.href, issuer])
    return { place: metadataUrl.href, identity, locate: discoverKeys({ ...context, issuer, metadataUrl }) }
  }
  fetchableUrl(reader, 'issuer', context.urlPolicy)
  if (/[?#]/.test(issuer)) reader.fail('issuer', 'must have no query and no fragment (RFC 8414 §2)')
  const locate = discoverKeys({ ...context, issuer, metadataUrl: undefined })
  return { place: issuer, identity: identityOf(context, ['issuer', issuer]), locate }
}

/** All by which two sources of keys may differ, beside transport and clock. */
function identityOf({ limits, urlPolicy }: KeySourceContext, place: readonly string[]): string {
  return JSON.stringify([place, Object.entries(limits).sort(), urlPolicy.allowInsecureHttp])
}

function fetchableUrl(reader: OptionReader, name: string, policy: UrlPolicy): URL {
  return parseFetchableUrl(reader.string(name) ?? '', policy) ?? reader.fail(name, HTTPS_ONLY)
}

function givenKeys(reader: OptionReader): KeySet {
  const index = parseKeySet(reader.record('jwks'), Infinity)
  if (typeof index === 'string') {
    return reader.fail('jwks', 'must be a JWK Set ({ keys: [...] }) with at least one public signature key')
  }
  if (index.dropped.includes('private_key'))
    reader.fail('jwks', 'holds a private key; give its public members alone')
  if (index.dropped.includes('symmetric_key'))
    reader.fail('jwks', 'holds a symmetric key; that is what secret is for')
  return new StaticKeySet(index)
}

function sharedSecret(reader: OptionReader, allowed: AllowList | undefined): KeySource {
  const value = reader.value('secret')
  const secrets = (Array.isArray(value) ? value : [value]).map((each: unknown) => toBytes(each, reader))
  if (secrets.length === 0) reader.fail('secret', 'must not be an empty array')
  if (secrets.length > MAX_CANDIDATES) {
    reader.fail('secret', `must not be more than ${String(MAX_CANDIDATES)}: each is tried for each token`)
  }
  const fits = (algorithm: Algorithm): boolean =>
    secrets.every((secret) => secretFits(algorithm, secret.byteLength))
  const wanted = allowed?.names.filter(isSymmetric)
  if (wanted?.length === 0) {
    allowed?.reader.fail('algorithms', 'holds no HS* algorithm, and a secret is for nothing else')
  }
  const algorithms = wanted ?? SYMMETRIC_ALGORITHMS.filter(fits)
  if (algorithms.length === 0 || !algorithms.every(fits)) {
    reader.fail(
      'secret',
      'must be at least as long as the hash: 32 bytes for HS256, 48 for HS384, 64 for HS512',
    )
  }
  return { keys: new StaticKeySet(new KeyIndex(secrets.map(toSecretKey)), { ignoresKid: true }), algorithms }
}

function toBytes(secret: unknown, reader: OptionReader): Uint8Array {
  if (isString(secret)) return Buffer.from(secret, 'utf8')
  return secret instanceof Uint8Array
    ? secret
    : reader.fail('secret', 'must be a string, a Uint8Array or an array of these')
}
