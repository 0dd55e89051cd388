/**
 * A strict parser of WWW-Authenticate: accepts what RFC 9110 §11.6.1 and §5.6 let a sender write,
 * and RFC 6750 §3 for Bearer. It throws for anything else, so reading a challenge also checks its
 * form.
 */

export interface Challenge {
  readonly scheme: string
  /** In the order of the field. */
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=$|[ \t]*,)/y
const PARAMETER =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"((?:[\t \x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+))/y
const SEPARATOR = /[ \t]*,[ \t]*/y

export function parseChallenges(field: string): readonly Challenge[] {
  const scanner = new Scanner(field)
  const challenges = [readChallenge(scanner)]
  while (!scanner.isAtEnd()) {
    scanner.expect(SEPARATOR, 'a comma between challenges')
    challenges.push(readChallenge(scanner))
  }
  return challenges
}

function readChallenge(scanner: Scanner): Challenge {
  const [scheme] = scanner.expect(TOKEN, 'an auth-scheme')
  const parameters: Record<string, string> = {}
  if (scanner.take(/ +/y)) {
    if (!scanner.peek(PARAMETER) && scanner.take(TOKEN68)) return { scheme, parameters }
    do {
      const [, name = '', quoted, bare] = scanner.expect(PARAMETER, 'an auth-param')
      if (name !== name.toLowerCase()) throw new Error(`${name}: a parameter name in capitals`)
      if (Object.hasOwn(parameters, name)) throw new Error(`${name}: a parameter that stands twice`)
      if (name === 'realm' && quoted === undefined) throw new Error('realm: not a quoted-string')
      parameters[name] = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1')
    } while (scanner.takeSeparatorBefore(PARAMETER))
  }
  if (scheme === 'Bearer') assertBearer(parameters)
  return { scheme, parameters }
}

/**
 * RFC 6750 §3: the characters of each attribute. The last rule is our own: some clients search for
 * `scope=` anywhere.
 */
function assertBearer(parameters: Challenge['parameters']): void {
  const characters: Record<string, RegExp> = {
    error: /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
    error_description: /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
    error_uri: /^[\x21\x23-\x5b\x5d-\x7e]+$/,
    scope: /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
  }
  for (const [name, allowed] of Object.entries(characters)) {
    const value = parameters[name]
    if (value !== undefined && !allowed.test(value)) throw new Error(`${name}: a character not allowed`)
  }
  if (/\w=/.test(parameters['error_description'] ?? '')) throw new Error('error_description: holds name=')
}

class Scanner {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    return this.#position === this.#text.length
  }

  peek(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position
    return pattern.exec(this.#text)
  }

  take(pattern: RegExp): RegExpExecArray | null {
    const match = this.peek(pattern)
    if (match) this.#position += match[0].length
    return match
  }

  expect(pattern: RegExp, what: string): RegExpExecArray {
    const match = this.take(pattern)
    if (!match) throw new Error(`${what} is expected at ${this.#position} of: ${this.#text}`)
    return match
  }

  /** Advances to the next parameter of the same challenge, if any. */
  takeSeparatorBefore(pattern: RegExp): boolean {
    const start = this.#position
    if (this.take(SEPARATOR) && this.peek(pattern)) return true
    this.#position = start
    return false
  }
}
