/** Nonces without state: each carries its second of issue under a MAC. RFC 9449 §8 and §9. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
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
/** A clock of another process may be ahead, and nonces may be dated ahead. */
const MAX_AHEAD_SECONDS = 10

export class Nonces {
  readonly #settings: NonceSettings
  #earliest = 0

  constructor(settings: NonceSettings) {
    this.#settings = settings
  }

  /** Seconds from its issue in which a nonce is accepted. */
  get lifetimeSeconds(): number {
    return 2 * this.#settings.windowSeconds
  }

  /**
   * From now on, nonces are dated at least a second after this time. They count whole seconds, so one
   * of the same second could be from before.
   */
  issueAfter(seconds: number): void {
    this.#earliest = Math.max(this.#earliest, Math.floor(seconds) + 2)
  }

  issue(nowSeconds: number): string {
    const body = Buffer.alloc(TIME_BYTES + SALT_BYTES)
    body.writeUIntBE(Math.max(Math.floor(nowSeconds), this.#earliest), 0, TIME_BYTES)
    randomBytes(SALT_BYTES).copy(body, TIME_BYTES)
    const [secret = Buffer.alloc(0)] = this.#settings.secrets
    return Buffer.concat([body, macOf(secret, body)]).toString('base64url')
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

function macOf(secret: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(body).digest().subarray(0, MAC_BYTES)
}
