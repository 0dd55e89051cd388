/** A resource identifier as the one accepted audience, compared as a URL. RFC 8707 §2, RFC 3986 §6.2.3. */

const MAX_LENGTH = 2048
/** Without spaces and backslashes, which a URL parser repairs. */
const WRITTEN = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i

/**
 * The set of one URL, in any spelling of it: `https://api.example.com` and `https://api.example.com/`
 * are one resource. Iterating yields the spelling of the options only.
 */
export class ResourceAudience extends Set<string> {
  readonly #href: string
  /** The URL of an origin, without its slash. */
  readonly #origin: string | undefined

  constructor(resource: string) {
    super([resource])
    const { href, origin } = new URL(resource)
    this.#href = href
    this.#origin = href === `${origin}/` ? origin : undefined
  }

  override has(value: string): boolean {
    return value === this.#href || value === this.#origin || this.#isOtherSpelling(value)
  }

  #isOtherSpelling(value: string): boolean {
    if (value.length > MAX_LENGTH || !WRITTEN.test(value)) return false
    return URL.canParse(value) && new URL(value).href === this.#href
  }
}
