/** Redirects to the authorization server and back, and the state that is kept meanwhile. */

export interface Departure {
  readonly grant: string
  readonly url: string
  readonly state: string
  readonly nonce: string
  /** PKCE code verifier (RFC 7636). Absent in the implicit flow. */
  readonly verifier?: string
}

/** A user's return from the authorization server. */
export interface Arrival {
  readonly departure: Departure
  readonly answer: URLSearchParams
}

const STORED = 'departure'
export const REDIRECT_URI = `${location.origin}/callback`

export function random(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

export function leave(departure: Departure): void {
  sessionStorage.setItem(STORED, JSON.stringify(departure))
  location.assign(departure.url)
}

/** Reads the response from the URL, and removes it from there: it must not stay in the history. */
export function arrival(): Arrival | undefined {
  if (location.pathname !== '/callback') return undefined
  const answer = new URLSearchParams(location.hash.length > 1 ? location.hash.slice(1) : location.search)
  const stored = sessionStorage.getItem(STORED)
  sessionStorage.removeItem(STORED)
  history.replaceState(null, '', '/#/token')
  return stored === null ? undefined : { departure: JSON.parse(stored) as Departure, answer }
}

/** Formats a URL with each parameter on its own line. */
export function inLines(address: string): string {
  return address.replace(/[?#]/, '$&\n').replaceAll('&', '\n&')
}

/** Throws unless the response belongs to a request from this page (RFC 9700 §4.7). */
export function assertExpected(answer: URLSearchParams, { state }: Departure): void {
  const error = answer.get('error')
  if (error !== null)
    throw new Error(`You returned without a token: ${answer.get('error_description') ?? error}.`)
  if (answer.get('state') !== state)
    throw new Error('The response does not belong to a request from this page.')
}
