/** From the options of `dpop` to plain settings. */
import { generateKeyPairSync } from 'node:crypto'
import { types } from 'node:util'
import { Clocks } from '../core/base/clock.js'
import { ASYMMETRIC_ALGORITHMS } from '../core/jws/algorithms.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import { isSymmetric, parseAlgorithms } from '../core/options/algorithms.js'
import { parseClock } from '../core/options/clock.js'
import { OptionReader } from '../core/options/reader.js'
import { parseSharedSecrets } from '../core/options/shared-secret.js'
import { MemoryReplayStore } from '../core/stores/memory-replay-store.js'
import type { ReplayStore } from '../core/stores/replay-store.js'
import type { DpopSettings } from './method.js'
import { Nonces } from './nonce.js'
import { parsePublicUrl, problemOfPublicUrl } from './public-urls.js'
import type { PublicUrls } from './public-urls.js'
import type { DpopNonceOptions, DpopOptions } from './types.js'

const NAMES: Readonly<Record<keyof DpopOptions, true>> = {
  publicUrl: true,
  algorithms: true,
  proofMaxAgeSeconds: true,
  clockToleranceSeconds: true,
  nonce: true,
  replay: true,
  dangerouslyAllowReplay: true,
  dangerouslyAcceptOnStoreFailure: true,
  required: true,
  clock: true,
}

const NONCE_NAMES: Readonly<Record<keyof DpopNonceOptions, true>> = { secret: true, windowSeconds: true }

export const DEFAULT_MAX_ENTRIES = 1_000_000
const MIN_SECRET_BYTES = 32
const NONCE_SECRET = {
  name: 'secret',
  ifKey: 'Anyone who knows a public key could make nonces with it. Write 32 random bytes',
}

/** Throws a ConfigurationError that names the wrong option. */
export function parseDpopOptions(options: DpopOptions): DpopSettings {
  const reader = new OptionReader(options, 'dpop', Object.keys(NAMES))
  const clocks = new Clocks(parseClock(reader))
  return {
    publicUrls: parsePublicUrls(reader),
    algorithms: parseProofAlgorithms(reader),
    hasChosenAlgorithms: reader.has('algorithms'),
    proofMaxAgeSeconds: reader.number('proofMaxAgeSeconds', { min: 1, max: 3600 }) ?? 60,
    clockToleranceSeconds: reader.number('clockToleranceSeconds', { min: 0, max: 300 }) ?? 15,
    nonces: parseNonces(reader),
    replay: parseReplay(reader),
    acceptsOnStoreFailure: reader.boolean('dangerouslyAcceptOnStoreFailure'),
    isRequired: reader.boolean('required'),
    nowSeconds: () => clocks.nowSeconds(),
  }
}

function parsePublicUrls(reader: OptionReader): PublicUrls {
  const value = reader.value('publicUrl')
  if (value === undefined)
    reader.fail('publicUrl', 'is required: the URL under which clients reach this application')
  if (typeof value === 'function') return value as Extract<PublicUrls, (...args: never[]) => unknown>
  return (reader.strings('publicUrl') ?? []).map(
    (text) => parsePublicUrl(text) ?? reader.fail('publicUrl', problemOfPublicUrl(text)),
  )
}

function parseProofAlgorithms(reader: OptionReader): readonly Algorithm[] {
  const given = parseAlgorithms(reader)
  if (given?.some(isSymmetric)) reader.fail('algorithms', 'holds an HS* algorithm; proofs need a key pair')
  return given ?? ASYMMETRIC_ALGORITHMS.filter(isSupported)
}

/** Asked once, at start-up: older versions of Node.js lack ML-DSA, and other runtimes a curve. */
function isSupported(algorithm: Algorithm): boolean {
  try {
    if (algorithm.startsWith('ML-DSA')) generateKeyPairSync(algorithm.toLowerCase() as 'ed25519')
    if (algorithm === 'ES256K') generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    return true
  } catch {
    return false
  }
}

function parseNonces(reader: OptionReader): Nonces | undefined {
  if (!reader.has('nonce')) return undefined
  const nonce = new OptionReader(reader.record('nonce'), reader.pathOf('nonce'), Object.keys(NONCE_NAMES))
  const secrets = parseSharedSecrets(nonce, NONCE_SECRET)
  if (secrets.some(({ byteLength }) => byteLength < MIN_SECRET_BYTES))
    nonce.fail('secret', `must be at least ${String(MIN_SECRET_BYTES)} bytes, the same in all processes`)
  const windowSeconds = nonce.number('windowSeconds', { min: 10, max: 3600 }) ?? 60
  return new Nonces({ secrets, windowSeconds })
}

function parseReplay(reader: OptionReader): ReplayStore | undefined {
  const store = reader.record('replay')
  if (reader.boolean('dangerouslyAllowReplay')) {
    if (store !== undefined) reader.fail('dangerouslyAllowReplay', 'contradicts replay')
    return undefined
  }
  if (store === undefined) return new MemoryReplayStore(DEFAULT_MAX_ENTRIES)
  // A set has a method of that name, too, but neither says what is new nor forgets.
  if (typeof store['add'] !== 'function' || types.isSet(store) || types.isWeakSet(store))
    reader.fail('replay', 'must be a replay store, such as memoryReplayStore(): { add(key, ttlSeconds) }')
  if (store['addWithAge'] !== undefined && typeof store['addWithAge'] !== 'function')
    reader.fail('replay', 'has an addWithAge that is not a function')
  return store as unknown as ReplayStore
}
