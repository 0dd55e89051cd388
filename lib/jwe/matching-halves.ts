/**
 * Whether the private and the public half of a key belong together. Node.js imports a JWK whose
 * members contradict each other, and then nothing that was encrypted for it can be decrypted.
 */
import { constants, diffieHellman, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }

/** Tries the key once: up to some milliseconds, at start-up. */
export function haveMatchingHalves(privateKey: KeyObject, publicKey: KeyObject): boolean {
  try {
    return privateKey.asymmetricKeyType === 'rsa'
      ? decryptsOwn(privateKey, publicKey)
      : agreesWithItself(privateKey, publicKey)
  } catch {
    return false
  }
}

function decryptsOwn(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const sent = Buffer.from('probe')
  return privateDecrypt(
    { key: privateKey, ...OAEP },
    publicEncrypt({ key: publicKey, ...OAEP }, sent),
  ).equals(sent)
}

function agreesWithItself(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const { namedCurve } = privateKey.asymmetricKeyDetails ?? {}
  const other =
    namedCurve === undefined ? generateKeyPairSync('x25519') : generateKeyPairSync('ec', { namedCurve })
  const here = diffieHellman({ privateKey, publicKey: other.publicKey })
  return here.equals(diffieHellman({ privateKey: other.privateKey, publicKey }))
}
