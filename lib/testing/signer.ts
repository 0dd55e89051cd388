/** Which key signs, and by which algorithm: a key from elsewhere knows only its type. RFC 7518 §3, RFC 8037 §3.1. */
import { KeyObject } from 'node:crypto'
import { ConfigurationError } from '../core/errors/errors.js'
import { ASYMMETRIC_ALGORITHMS, isAlgorithm, SYMMETRIC_ALGORITHMS } from '../core/jws/algorithms.js'
import type { Algorithm } from '../core/jws/algorithms.js'

export interface Signer {
  readonly algorithm: Algorithm
  /** A private key, or a secret. */
  readonly key: KeyObject
}

/** By the type of a private key in Node.js, or its curve. */
const ALGORITHMS_OF: Readonly<Record<string, readonly Algorithm[]>> = {
  rsa: ASYMMETRIC_ALGORITHMS.filter((name) => /^[RP]S/.test(name)),
  'rsa-pss': ASYMMETRIC_ALGORITHMS.filter((name) => name.startsWith('PS')),
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  secp256k1: ['ES256K'],
  ed25519: ['Ed25519'],
  ed448: ['Ed448'],
  'ml-dsa-44': ['ML-DSA-44'],
  'ml-dsa-65': ['ML-DSA-65'],
  'ml-dsa-87': ['ML-DSA-87'],
}

/**
 * The signer for a key from elsewhere. `alg` of the header chooses among the key's algorithms; a value
 * that names none, such as `none`, changes nothing. Throws a ConfigurationError that names `option`.
 */
export function signerOf(key: unknown, alg: unknown, option: string): Signer {
  if (!(key instanceof KeyObject)) {
    throw new ConfigurationError(
      `${option}: must be the name of an algorithm that this runtime can sign with, such as 'ES256', ` +
        'or a private KeyObject, such as createPrivateKey(pem) returns',
      option,
    )
  }
  const fitting = algorithmsOf(key)
  const [first] = fitting
  if (first === undefined)
    throw new ConfigurationError(`${option}: is not a private key that signs tokens`, option)
  const chosen = fitting.find((name) => name === alg)
  if (chosen === undefined && isNameOfAnother(alg, first)) {
    throw new ConfigurationError(
      `${option}: does not fit header.alg. Such a key signs by ${fitting.join(', ')}`,
      option,
    )
  }
  return { algorithm: chosen ?? first, key }
}

function algorithmsOf(key: KeyObject): readonly Algorithm[] {
  if (key.type === 'secret') return SYMMETRIC_ALGORITHMS
  if (key.type !== 'private') return []
  const name = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? ''
  return Object.hasOwn(ALGORITHMS_OF, name) ? (ALGORITHMS_OF[name] ?? []) : []
}

/** `EdDSA` is the older name of both Edwards curves. */
function isNameOfAnother(alg: unknown, first: Algorithm): boolean {
  if (alg === 'EdDSA') return !first.startsWith('Ed')
  return typeof alg === 'string' && isAlgorithm(alg)
}
