/** Leaving the page for the authorization server, and what must be remembered meanwhile. */

export interface Departure {
  readonly grant: string
  readonly url: string
  readonly state: string
  readonly nonce: string
  /** Of the proof key for code exchange (RFC 7636); absent in the implicit flow. */
  readonly verifier?: string
}

/** Somebody came back. */
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

/** The answer in the page's address, which is then tidied up: it must not stay in the history. */
export function arrival(): Arrival | undefined {
  if (location.pathname !== '/callback') return undefined
  const answer = new URLSearchParams(location.hash.length > 1 ? location.hash.slice(1) : location.search)
  const stored = sessionStorage.getItem(STORED)
  sessionStorage.removeItem(STORED)
  history.replaceState(null, '', '/#/token')
  return stored === null ? undefined : { departure: JSON.parse(stored) as Departure, answer }
}

/** An address with each parameter on its own line. */
export function inLines(address: string): string {
  return address.replace(/[?#]/, '$&\n').replaceAll('&', '\n&')
}

/** The one check that every answer must pass: it belongs to a request that left from here (RFC 9700 §4.7). */
export function assertExpected(answer: URLSearchParams, { state }: Departure): void {
  const error = answer.get('error')
  if (error !== null)
    throw new Error(`You came back without a token: ${answer.get('error_description') ?? error}.`)
  if (answer.get('state') !== state) throw new Error('This answer belongs to no request that left from here.')
}
