/** Decrypts a token with the API's private key, step by step as RFC 7516 §5.2 says. */
import { base64url } from 'jose'
import type { JWK } from 'jose'
import { control } from './store/controls.js'

const TAG_BITS = 128

/** A real API never hands out its private key. This one does, so that the page can show each step. */
let key: Promise<JWK> | undefined

/** The key that encrypts the content of this one token: decrypted with RSA-OAEP-256. */
export async function contentKeyOf(token: string): Promise<Uint8Array<ArrayBuffer>> {
  const [, wrapped = ''] = token.split('.')
  key ??= control<JWK>('decryption-key')
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const privateKey = await crypto.subtle.importKey('jwk', await key, algorithm, false, ['decrypt'])
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, privateKey, bytesOf(wrapped)))
}

/** The content, decrypted with A256GCM. Rejects if any part of the token was changed. */
export async function contentOf(token: string, contentKey: Uint8Array<ArrayBuffer>): Promise<string> {
  const [header = '', , vector = '', ciphertext = '', tag = ''] = token.split('.')
  const algorithm = {
    name: 'AES-GCM',
    iv: bytesOf(vector),
    additionalData: new TextEncoder().encode(header),
    tagLength: TAG_BITS,
  }
  const secret = await crypto.subtle.importKey('raw', contentKey, 'AES-GCM', false, ['decrypt'])
  const sealed = new Uint8Array([...bytesOf(ciphertext), ...bytesOf(tag)])
  return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, secret, sealed))
}

/** The signed JWT inside. */
export async function decrypt(token: string): Promise<string> {
  return contentOf(token, await contentKeyOf(token))
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(base64url.decode(text))
}
