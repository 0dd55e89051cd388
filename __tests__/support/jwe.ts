/**
 * Encrypts tokens with nothing but Node's ciphers, so that mistakes can be made on purpose. RFC 7516
 * §5.1.
 */
import {
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  constants,
  diffieHellman,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { generatePair } from './key-pairs.js'

export interface JweParts {
  readonly header: string
  readonly key: Uint8Array | string
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

export interface JweOptions {
  /** Members in place of `alg`, `enc` and `cty: 'JWT'`; one that is `undefined` is left out. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly alg?: string
  readonly enc?: string
  /** The public key, or the secret. */
  readonly key: KeyObject | Uint8Array
  readonly ivBytes?: number
  /** Replaces the compression of `zip: 'DEF'`. */
  readonly deflate?: (text: Buffer) => Buffer
  readonly change?: (parts: JweParts) => Partial<JweParts>
}

const CEK_BYTES: Readonly<Record<string, number>> = {
  A128GCM: 16,
  A192GCM: 24,
  A256GCM: 32,
  'A128CBC-HS256': 32,
  'A192CBC-HS384': 48,
  'A256CBC-HS512': 64,
}

const encode = (bytes: Uint8Array | string): string => Buffer.from(bytes as string).toString('base64url')

export function encrypt(plaintext: string | Uint8Array, options: JweOptions): string {
  const { alg = 'RSA-OAEP-256', enc = 'A256GCM', change } = options
  const bytes = CEK_BYTES[enc] ?? 32
  const managed = manageKey(alg, enc, options.key, bytes)
  const members: Record<string, unknown> = { alg, enc, cty: 'JWT', ...managed.members, ...options.header }
  const header = encode(JSON.stringify(members))
  const text = Buffer.from(plaintext as string)
  const content = members['zip'] === undefined ? text : (options.deflate ?? deflateRawSync)(text)
  const iv = randomBytes(options.ivBytes ?? (enc.includes('CBC') ? 16 : 12))
  const sealed = seal(content, { enc, cek: managed.cek, iv, header })
  const parts: JweParts = { header, key: managed.key, iv, ...sealed }
  return join({ ...parts, ...change?.(parts) })
}

export function join({ header, key, iv, ciphertext, tag }: JweParts): string {
  return [header, ...[key, iv, ciphertext, tag].map(encode)].join('.')
}

interface Managed {
  readonly cek: Buffer
  readonly key: Buffer
  readonly members?: object
}

function manageKey(alg: string, enc: string, key: JweOptions['key'], bytes: number): Managed {
  const none = Buffer.alloc(0)
  if (key instanceof Uint8Array) {
    if (alg === 'dir') return { cek: Buffer.from(key), key: none }
    const cek = randomBytes(bytes)
    if (alg.endsWith('GCMKW')) return { cek, ...gcmWrap(key, cek) }
    return { cek, key: wrap(key, cek) }
  }
  if (alg.startsWith('ECDH-ES')) {
    const { privateKey, publicKey } =
      key.asymmetricKeyType === 'x25519'
        ? generatePair('x25519')
        : generatePair('ec', { namedCurve: key.asymmetricKeyDetails?.namedCurve ?? '' })
    const epk = publicKey.export({ format: 'jwk' })
    const secret = diffieHellman({ privateKey, publicKey: key })
    if (alg === 'ECDH-ES') return { cek: concatKdf(secret, enc, bytes), key: none, members: { epk } }
    const cek = randomBytes(bytes)
    const kek = concatKdf(secret, alg, Number(alg.slice(-5, -2)) / 8)
    return { cek, key: wrap(kek, cek), members: { epk } }
  }
  const cek = randomBytes(bytes)
  if (alg === 'RSA1_5') return { cek, key: publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, cek) }
  const oaepHash = alg === 'RSA-OAEP' ? 'sha1' : 'sha256'
  return { cek, key: publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, cek) }
}

/** RFC 3394. */
function wrap(kek: Uint8Array, cek: Buffer): Buffer {
  const cipher = createCipheriv(`id-aes${kek.length * 8}-wrap`, kek, Buffer.alloc(8, 0xa6))
  return Buffer.concat([cipher.update(cek), cipher.final()])
}

/** RFC 7518 §4.7. */
function gcmWrap(kek: Uint8Array, cek: Buffer): Pick<Managed, 'key' | 'members'> {
  const iv = randomBytes(12)
  const cipher = createCipheriv(`aes-${kek.length * 8}-gcm` as 'aes-256-gcm', kek, iv)
  const key = Buffer.concat([cipher.update(cek), cipher.final()])
  return { key, members: { iv: encode(iv), tag: encode(cipher.getAuthTag()) } }
}

/** RFC 7518 §4.6.2, without party information. */
function concatKdf(secret: Buffer, algorithm: string, bytes: number): Buffer {
  const uint32 = (value: number): Buffer => {
    const buffer = Buffer.alloc(4)
    buffer.writeUInt32BE(value)
    return buffer
  }
  const info = Buffer.concat([
    uint32(algorithm.length),
    Buffer.from(algorithm),
    uint32(0),
    uint32(0),
    uint32(bytes * 8),
  ])
  const rounds = Array.from({ length: Math.ceil(bytes / 32) }, (_, index) =>
    createHash('sha256')
      .update(Buffer.concat([uint32(index + 1), secret, info]))
      .digest(),
  )
  return Buffer.concat(rounds).subarray(0, bytes)
}

interface Sealing {
  readonly enc: string
  readonly cek: Buffer
  readonly iv: Buffer
  readonly header: string
}

function seal(text: Buffer, { enc, cek, iv, header }: Sealing): Pick<JweParts, 'ciphertext' | 'tag'> {
  const aad = Buffer.from(header)
  if (!enc.includes('CBC')) {
    const cipher = createCipheriv(`aes-${cek.length * 8}-gcm` as 'aes-256-gcm', cek, iv).setAAD(aad)
    const ciphertext = Buffer.concat([cipher.update(text), cipher.final()])
    return { ciphertext, tag: cipher.getAuthTag() }
  }
  const half = cek.length / 2
  const cipher = createCipheriv(`aes-${half * 8}-cbc`, cek.subarray(half), iv)
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()])
  const bits = Buffer.alloc(8)
  bits.writeBigUInt64BE(BigInt(aad.length * 8))
  const mac = createHmac(`sha${half * 16}`, cek.subarray(0, half))
    .update(Buffer.concat([aad, iv, ciphertext, bits]))
    .digest()
  return { ciphertext, tag: mac.subarray(0, half) }
}

/** Zeros that inflate to this many mebibytes, with a text in front. */
export function bomb(mebibytes: number): (text: Buffer) => Buffer {
  return (text) => {
    const flushed = deflateRawSync(Buffer.alloc(1 << 20), { finishFlush: 3, level: 9 })
    const front = deflateRawSync(text, { finishFlush: 3 })
    return Buffer.concat([front, ...Array<Buffer>(mebibytes).fill(flushed), deflateRawSync(Buffer.alloc(0))])
  }
}

export function publicKeyOf(jwk: object): KeyObject {
  return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
}
