/** Where an issuer's keys come from, and with them the algorithms that its tokens may use. */
import { ASYMMETRIC_ALGORITHMS, secretFits, SYMMETRIC_ALGORITHMS } from '../algorithms.js'
import type { Algorithm } from '../algorithms.js'
import type { Clocks } from '../clock.js'
import { discoverKeys } from '../discovery.js'
import { KeyIndex, parseKeySet } from '../keys/document.js'
import { StaticKeySet } from '../keys/key-set.js'
import type { KeySet } from '../keys/key-set.js'
import type { KeyLimits } from '../keys/limits.js'
import { RemoteKeySet } from '../keys/remote-key-set.js'
import { toSecretKey } from '../keys/verification-key.js'
import { isString } from '../own.js'
import type { Transport } from '../transport.js'
import { parseFetchableUrl } from '../urls.js'
import type { UrlPolicy } from '../urls.js'
import { isSymmetric } from './algorithms.js'
import type { OptionReader } from './reader.js'

export interface KeySourceContext {
  readonly limits: KeyLimits
  readonly transport: Transport
  readonly clocks: Clocks
  readonly urlPolicy: UrlPolicy
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
  allowed: readonly Algorithm[] | undefined,
): KeySource {
  const [source, another] = SOURCES.filter((name) => reader.has(name))
  if (another !== undefined)
    reader.fail(another, `cannot stand beside ${String(source)}: keys have one source`)
  if (source !== undefined && reader.has('metadataUrl'))
    reader.fail('metadataUrl', `cannot stand beside ${source}`)
  if (source === 'secret') return sharedSecret(reader, allowed)
  const algorithms = (allowed ?? ASYMMETRIC_ALGORITHMS).filter((algorithm) => !isSymmetric(algorithm))
  if (algorithms.length === 0) reader.fail('algorithms', 'holds HS* alone, which need a secret')
  if (source === 'jwks') return { keys: givenKeys(reader), algorithms }
  const locate = source === 'jwksUri' ? fixedPlace(reader, context) : discovery(reader, context)
  return { keys: new RemoteKeySet({ ...context, locate }), algorithms }
}

function fixedPlace(reader: OptionReader, { urlPolicy }: KeySourceContext): () => Promise<URL> {
  const url = fetchableUrl(reader, 'jwksUri', urlPolicy)
  return () => Promise.resolve(url)
}

function discovery(reader: OptionReader, context: KeySourceContext): ReturnType<typeof discoverKeys> {
  const issuer = reader.string('issuer') ?? ''
  if (reader.has('metadataUrl')) {
    return discoverKeys({
      ...context,
      issuer,
      metadataUrl: fetchableUrl(reader, 'metadataUrl', context.urlPolicy),
    })
  }
  const url = fetchableUrl(reader, 'issuer', context.urlPolicy)
  if (url.search !== '' || url.hash !== '')
    reader.fail('issuer', 'must have no query and no fragment (RFC 8414 §2)')
  return discoverKeys({ ...context, issuer, metadataUrl: undefined })
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

function sharedSecret(reader: OptionReader, allowed: readonly Algorithm[] | undefined): KeySource {
  const value = reader.value('secret')
  const secrets = (Array.isArray(value) ? value : [value]).map((each: unknown) => toBytes(each, reader))
  if (secrets.length === 0) reader.fail('secret', 'must not be an empty array')
  const fits = (algorithm: Algorithm): boolean =>
    secrets.every((secret) => secretFits(algorithm, secret.byteLength))
  const wanted = allowed?.filter(isSymmetric)
  if (wanted?.length === 0)
    reader.fail('algorithms', 'holds no HS* algorithm, and a secret is for nothing else')
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
