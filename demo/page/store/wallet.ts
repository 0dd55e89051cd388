/**
 * The obtained tokens. They are in the tab's storage because signing in leaves the page. A real
 * application keeps them in memory, or better on its server, out of reach for scripts.
 */
import { update } from '../update.js'

export interface Held {
  readonly id: string
  /** How it was obtained, in a few words. */
  readonly name: string
  readonly clientId: string
  readonly accessToken: string
  readonly idToken?: string
  readonly refreshToken?: string
}

/** The members of a token response (RFC 6749 §5.1) that the page uses. */
export interface TokenAnswer {
  readonly access_token: string
  readonly id_token?: string
  readonly refresh_token?: string
}

const STORED = 'tokens'
const KEPT = 12

let tokens = JSON.parse(sessionStorage.getItem(STORED) ?? '[]') as readonly Held[]
let chosen = tokens.at(-1)?.id

export function hold(name: string, clientId: string, answer: TokenAnswer): Held {
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = answer
  const held: Held = {
    id: crypto.randomUUID(),
    name,
    clientId,
    accessToken,
    ...(idToken !== undefined && { idToken }),
    ...(refreshToken !== undefined && { refreshToken }),
  }
  tokens = [...tokens, held].slice(-KEPT)
  chosen = held.id
  sessionStorage.setItem(STORED, JSON.stringify(tokens))
  update()
  return held
}

export function allHeld(): readonly Held[] {
  return tokens
}

export function choose(id: string): void {
  chosen = id
  update()
}

export function chosenToken(): Held | undefined {
  return tokens.find(({ id }) => id === chosen) ?? tokens.at(-1)
}

/** Returns the latest token that can be refreshed. */
export function refreshable(): Held | undefined {
  return tokens.findLast(({ refreshToken }) => refreshToken !== undefined)
}
