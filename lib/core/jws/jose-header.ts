/** The JOSE header of a token: the gates that need no issuer, and the memory of headers that passed them. RFC 7515 §4, RFC 8725 §3.1. */
import { parseBase64url } from '../base/base64url.js'
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { parseStrictJsonObject } from '../base/strict-json.js'
import { UnauthorizedError } from '../errors/errors.js'
import { algorithmHint } from '../errors/hints.js'

export interface JoseHeader {
  readonly alg: string
  readonly kid: string | undefined
  /** In lower case, without `application/`: media types are compared so (RFC 7515 §4.1.9). */
  readonly typ: string | undefined
  /** All members as received. */
  readonly members: JsonObject
}

const MAX_KID_LENGTH = 256
const CONTROL_CHARACTER = /\p{Cc}/u
const MAX_REMEMBERED_LENGTH = 512

/**
 * Reads headers and remembers the good ones by their encoded text: tokens of one issuer share a few
 * headers, and decoding one takes 2 µs. Emptied when full, so that strangers cannot fill the memory.
 */
export class HeaderReader {
  readonly #algorithms: ReadonlySet<string>
  readonly #maxRemembered: number
  readonly #readKid: (members: JsonObject) => string | undefined
  readonly #known = new Map<string, JoseHeader>()

  /**
   * `algorithms`: the values of `alg` that at least one trusted issuer allows. `maxRemembered`: how
   * many headers are remembered, each of at most 512 characters. `readKid` throws for a `kid` that
   * must not be looked up.
   */
  constructor(
    algorithms: ReadonlySet<string>,
    maxRemembered: number = 256,
    readKid: (members: JsonObject) => string | undefined = parseKid,
  ) {
    this.#algorithms = algorithms
    this.#maxRemembered = maxRemembered
    this.#readKid = readKid
  }

  /**
   * `part` is the first part of a compact serialization. `payload` is the second part of a JWS, only
   * for the hint of a refusal. Throws an UnauthorizedError.
   */
  read(part: string, payload: string = ''): JoseHeader {
    return this.#known.get(part) ?? this.#readNew(part, payload)
  }

  /** Whether this very header was read and was good. */
  knows(part: string): boolean {
    return this.#known.has(part)
  }

  #readNew(part: string, payload: string): JoseHeader {
    const bytes = parseBase64url(part)
    const members = bytes && parseStrictJsonObject(bytes)
    if (bytes === undefined || members === undefined) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
    const header = this.#parse(members, payload)
    if (part.length <= MAX_REMEMBERED_LENGTH) {
      if (this.#known.size === this.#maxRemembered) this.#known.clear()
      // A new string: as a slice, the part would keep the whole token in memory.
      this.#known.set(bytes.toString('base64url'), header)
    }
    return header
  }

  #parse(members: JsonObject, payload: string): JoseHeader {
    const alg = own(members, 'alg')
    if (!isString(alg) || !this.#algorithms.has(alg)) {
      throw new UnauthorizedError('ERR_ALGORITHM_NOT_ALLOWED', {
        hint: algorithmHint(alg, () => unverifiedClaims(payload)),
        expected: [...this.#algorithms],
      })
    }
    // No extension is supported: every value of crit names an unsupported one or is malformed. RFC 7515 §4.1.11.
    if (Object.hasOwn(members, 'crit')) throw new UnauthorizedError('ERR_CRITICAL_HEADER')
    return { alg, kid: this.#readKid(members), typ: parseTyp(members), members }
  }
}

function unverifiedClaims(payload: string): JsonObject | undefined {
  const bytes = parseBase64url(payload)
  return bytes && parseStrictJsonObject(bytes)
}

/** An empty `kid` names no key. Long or strange ones would only fill the memory of unknown ids. */
function parseKid(members: JsonObject): string | undefined {
  const kid = own(members, 'kid')
  if (kid === undefined || kid === '') return undefined
  if (!isString(kid) || kid.length > MAX_KID_LENGTH || CONTROL_CHARACTER.test(kid)) {
    throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  }
  return kid
}

function parseTyp(members: JsonObject): string | undefined {
  const typ = own(members, 'typ')
  if (typ === undefined) return undefined
  if (!isString(typ)) throw new UnauthorizedError('ERR_TOKEN_TYPE')
  return typ.toLowerCase().replace(/^application\//, '')
}
