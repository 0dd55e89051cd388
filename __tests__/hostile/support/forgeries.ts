/** Signatures and keys that no honest library produces. */
import { constants, createHash, createSecretKey, privateEncrypt, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Algorithm } from 'express-resource-server'
import { encode, signText } from '../../support/tokens.js'
import { jwk, pairOf } from './world.js'
import type { Minted, World } from './world.js'

/** A token whose MAC uses a text or bytes, such as a public key, as the secret. */
export function hmacToken(
  w: World,
  secret: string | Buffer,
  kid = 'rs1',
  algorithm: Algorithm = 'HS256',
): string {
  const key = createSecretKey(typeof secret === 'string' ? Buffer.from(secret) : secret)
  return w.token({ algorithm, header: { alg: algorithm, kid }, key })
}

/** Every serialization of a public key. */
export function formsOf(
  name: string,
): Record<'pem' | 'pkcs1' | 'der' | 'jwk' | 'canonical', string | Buffer> {
  const { publicKey } = pairOf(name)
  const isRsa = publicKey.asymmetricKeyType === 'rsa'
  const { e, n, kty, crv, x, y } = jwk(name)
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    pkcs1: isRsa ? publicKey.export({ type: 'pkcs1', format: 'pem' }) : '',
    der: publicKey.export({ type: 'spki', format: 'der' }),
    jwk: JSON.stringify(jwk(name, { alg: 'RS256' })),
    canonical: JSON.stringify(isRsa ? { e, kty, n } : { crv, kty, x, y }),
  }
}

export function sshLine(name: string): string {
  const { kty, e = '', n = '', x = '', y = '' } = jwk(name) as Record<string, string>
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
  const field = (value: Buffer): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(value.length)
    return Buffer.concat([length, value])
  }
  const positive = (value: Buffer): Buffer => (value[0]! > 127 ? Buffer.concat([Buffer.of(0), value]) : value)
  const type = kty === 'RSA' ? 'ssh-rsa' : 'ecdsa-sha2-nistp256'
  const numbers =
    kty === 'RSA'
      ? [positive(bytes(e)), positive(bytes(n))]
      : [Buffer.from('nistp256'), Buffer.concat([Buffer.of(4), bytes(x), bytes(y)])]
  return `${type} ${Buffer.concat([Buffer.from(type), ...numbers].map(field)).toString('base64')}`
}

/** The same token with another signature, made from its signing input. */
export function resign(token: string, make: (input: Buffer) => Uint8Array): string {
  const input = token.slice(0, token.lastIndexOf('.'))
  return `${input}.${encode(make(Buffer.from(input)))}`
}

export function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
}

const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')
const SHA256_INFO_WITHOUT_NULL = Buffer.from('302f300b0609608648016503040201' + '0420', 'hex')
const SHA256_INFO_LONG_LENGTH = Buffer.from('308131300d060960864801650304020105000420', 'hex')

function padded(input: Buffer, { info = SHA256_INFO, type = 1, garbage = 0, size = 256 } = {}): Buffer {
  const tail = Buffer.concat([
    Buffer.of(0),
    info,
    createHash('sha256').update(input).digest(),
    Buffer.alloc(garbage, 1),
  ])
  return Buffer.concat([Buffer.of(0, type), Buffer.alloc(size - 2 - tail.length, 0xff), tail])
}

/** Encrypting this padding with the private key, without further padding, yields a signature. */
export function rsaWithPadding(
  key: KeyObject,
  options: Parameters<typeof padded>[1],
): (input: Buffer) => Uint8Array {
  return (input) => privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded(input, options))
}

/** With the exponent 1 a signature is its own padding. */
export function identitySignature(input: Buffer): Uint8Array {
  return padded(input)
}

/**
 * Bleichenbacher's forgery for the exponent 3: a cube whose first octets are short padding and the
 * hash, the rest garbage.
 */
export function cubeRootForgery(input: Buffer): Uint8Array {
  const hash = createHash('sha256').update(input).digest()
  const head = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(8, 0xff), Buffer.of(0), SHA256_INFO, hash])
  const target = BigInt(`0x${Buffer.concat([head, Buffer.alloc(256 - head.length, 0xff)]).toString('hex')}`)
  let [low, high] = [0n, 1n << 700n]
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** 3n <= target) low = middle
    else high = middle - 1n
  }
  return Buffer.from(low.toString(16).padStart(512, '0'), 'hex')
}

export const PADDINGS = {
  'without the NULL of the algorithm': { info: SHA256_INFO_WITHOUT_NULL },
  'with a length in the long form': { info: SHA256_INFO_LONG_LENGTH },
  'with garbage behind the hash': { garbage: 20 },
  'with the block type of encryption': { type: 2 },
  'with the block type 0': { type: 0 },
}

export function pssToken(w: World, name: string, saltLength: number, minted: Minted = {}): string {
  const token = w.token({
    algorithm: 'PS256',
    key: pairOf(name).privateKey,
    ...minted,
    header: { kid: name, ...(minted.header as object) },
  })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return resign(token, (input) =>
    sign('sha256', input, { key: pairOf(name).privateKey, padding, saltLength }),
  )
}

/** The order of P-256. */
const N = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const P = BigInt('0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff')

function octets(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
}

export function pointPairs(): Buffer[] {
  const pairs: [bigint, bigint][] = [
    [0n, 0n],
    [0n, 1n],
    [1n, 0n],
    [N, N],
    [N - 1n, 0n],
    [N, 1n],
    [0n, N],
    [1n, 1n],
    [P, P],
    [1n, N - 1n],
  ]
  return pairs.map(([r, s]) => Buffer.concat([octets(r), octets(s)]))
}

/** (r, n - s) verifies where (r, s) does. */
export function highTwin(token: string): string {
  const signature = signatureOf(token)
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
  return resign(token, () => Buffer.concat([signature.subarray(0, 32), octets(N - s)]))
}

/** S and S + L are the same number to a careless verifier. */
export function malleatedEd25519(token: string): string {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const signature = signatureOf(token)
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`)
  const twin = Buffer.from((s + L).toString(16).padStart(64, '0'), 'hex').reverse()
  return resign(token, () => Buffer.concat([signature.subarray(0, 32), twin]))
}

/** A token made of raw parts, with a genuine signature over exactly this text. */
export function signedParts(header: string, payload: string): string {
  return signText(`${header}.${payload}`, 'RS256', pairOf('rs1').privateKey)
}
