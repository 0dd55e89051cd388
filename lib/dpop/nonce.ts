/** Nonces without state: each carries its second of issue under a MAC. RFC 9449 §8 and §9. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { parseBase64url } from '../core/base/base64url.js'

export interface NonceSettings {
  /** The first signs, all verify: several during a change of secrets. */
  readonly secrets: readonly Buffer[]
  readonly windowSeconds: number
}

export type NonceState = 'fresh' | 'ageing' | 'expired' | 'unknown'

const TIME_BYTES = 6
const SALT_BYTES = 6
const MAC_BYTES = 16
/** A clock of another process may be ahead. */
export const MAX_AHEAD_SECONDS = 5

export class Nonces {
  readonly #settings: NonceSettings

  constructor(settings: NonceSettings) {
    this.#settings = settings
  }

  /** Seconds from its issue in which a nonce is accepted. */
  get lifetimeSeconds(): number {
    return 2 * this.#settings.windowSeconds
  }

  /** With a mark, `judge` finds out that the nonce was issued with this mark. */
  issue(nowSeconds: number, mark?: string): string {
    const body = Buffer.alloc(TIME_BYTES + SALT_BYTES)
    body.writeUIntBE(Math.floor(nowSeconds), 0, TIME_BYTES)
    const salt = mark === undefined ? randomBytes(SALT_BYTES) : saltOf(mark)
    salt.copy(body, TIME_BYTES)
    const [secret = Buffer.alloc(0)] = this.#settings.secrets
    return Buffer.concat([body, macOf(secret, body)]).toString('base64url')
  }

  /** Of a nonce that `judge` knows. */
  hasMark(nonce: string, mark: string): boolean {
    const salt = parseBase64url(nonce)?.subarray(TIME_BYTES, TIME_BYTES + SALT_BYTES)
    return salt !== undefined && saltOf(mark).equals(salt)
  }

  /** When the nonce was issued, and how it is to be treated now. */
  judge(nonce: string, nowSeconds: number): { readonly state: NonceState; readonly issuedAt: number } {
    const bytes = parseBase64url(nonce)
    const unknown = { state: 'unknown', issuedAt: 0 } as const
    if (bytes?.length !== TIME_BYTES + SALT_BYTES + MAC_BYTES) return unknown
    const body = bytes.subarray(0, TIME_BYTES + SALT_BYTES)
    const mac = bytes.subarray(TIME_BYTES + SALT_BYTES)
    if (!this.#settings.secrets.some((secret) => timingSafeEqual(macOf(secret, body), mac))) return unknown
    const issuedAt = body.readUIntBE(0, TIME_BYTES)
    const age = nowSeconds - issuedAt
    if (age < -MAX_AHEAD_SECONDS || age > this.lifetimeSeconds) return { state: 'expired', issuedAt }
    return { state: age > this.#settings.windowSeconds ? 'ageing' : 'fresh', issuedAt }
  }
}

function saltOf(mark: string): Buffer {
  return createHash('sha256').update(mark).digest().subarray(0, SALT_BYTES)
}

function macOf(secret: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(body).digest().subarray(0, MAC_BYTES)
}
