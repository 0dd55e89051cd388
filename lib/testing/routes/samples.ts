/**
 * Strings that a regular expression matches: a few for each choice that it leaves open. They show
 * whether a guard at one path also sees the requests of a route at another.
 */

/** More than any path needs; a product of choices stops here. */
const MAX_SAMPLES = 64
const MAX_REPEATS = 64
/** Tried for every class of characters. */
const MEMBERS = 'a7Z-_.~ é/'.split('')
const WORDS: readonly string[] = ['me', 'a/b', 'a/b/c']

/**
 * Not every string that it returns matches: assertions and backreferences are ignored, so callers
 * ask the expression. `words` are tried where any characters may stand.
 */
export function samplesOf(source: string, words: readonly string[] = []): readonly string[] {
  return new Sampler(source, [...WORDS, ...words]).alternatives()
}

/** Every pair, or if these are too many, each string of both lists at least once. */
export function combine(left: readonly string[], right: readonly string[]): readonly string[] {
  if (left.length * right.length <= MAX_SAMPLES)
    return left.flatMap((start) => right.map((end) => `${start}${end}`))
  const length = Math.min(Math.max(left.length, right.length), MAX_SAMPLES)
  return Array.from({ length }, (_, index) => `${at(left, index)}${at(right, index)}`)
}

function at(list: readonly string[], index: number): string {
  return list[index % list.length] ?? ''
}

interface Atom {
  readonly values: readonly string[]
  /** Source of a single character that may repeat freely. */
  readonly member?: string
}

interface Quantity {
  readonly min: number
  readonly max: number
}

const NOTHING: Atom = { values: [''] }
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y
const OPENING = /\((?:\?(?:<?[=!]|:|<[^>]*>))?/y
const CLASS = /\[(?:\\[^]|[^\]\\])*\]/y
const ESCAPE = /\\(?:u\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|[pP]\{[^}]*\}|k<[^>]*>|[^])/iy

class Sampler {
  readonly #source: string
  readonly #words: readonly string[]
  #position = 0

  constructor(source: string, words: readonly string[]) {
    this.#source = source
    this.#words = words
  }

  alternatives(): readonly string[] {
    const found = [...this.#sequence()]
    while (this.#peek() === '|') {
      this.#position++
      found.push(...this.#sequence())
    }
    return [...new Set(found)].slice(0, MAX_SAMPLES)
  }

  #sequence(): readonly string[] {
    let samples: readonly string[] = ['']
    while (this.#position < this.#source.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const atom = this.#atom()
      samples = combine(samples, this.#repeated(atom, this.#quantity()))
    }
    return samples
  }

  #atom(): Atom {
    const character = this.#peek()
    if (character === '(') return this.#group()
    if (character === '[') return memberOf(this.#take(CLASS)?.[0] ?? this.#skip())
    if (character === '\\') return toEscape(this.#take(ESCAPE)?.[0] ?? this.#skip())
    this.#position++
    if (character === '^' || character === '$') return NOTHING
    return character === '.' ? memberOf('.') : { values: [character] }
  }

  #group(): Atom {
    const opening = this.#take(OPENING)?.[0] ?? this.#skip()
    const values = this.alternatives()
    this.#position++
    return /[=!]$/.test(opening) ? NOTHING : { values }
  }

  #quantity(): Quantity {
    const match = this.#take(QUANTIFIER)
    if (match === undefined) return { min: 1, max: 1 }
    const [, sign, least, comma, most] = match
    if (sign !== undefined) return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity }
    const min = Number(least)
    if (comma === undefined) return { min, max: min }
    return { min, max: most === '' ? Infinity : Number(most) }
  }

  #repeated({ values, member }: Atom, { min, max }: Quantity): readonly string[] {
    if (min === 1 && max === 1) return values
    const count = Math.min(Math.max(min, 1), MAX_REPEATS)
    const repeated = values.map((value) => value.repeat(count))
    if (min === 0) repeated.unshift('')
    if (max === Infinity) repeated.push(...this.#longer(values, member, count))
    else if (max > count) repeated.push(at(values, 0).repeat(Math.min(max, MAX_REPEATS)))
    return repeated
  }

  #longer(values: readonly string[], member: string | undefined, min: number): readonly string[] {
    const mixed = values.join('').padEnd(min, at(values, 0))
    if (member === undefined) return [mixed]
    const onlyMembers = new RegExp(`^(?:${member})+$`)
    return [mixed, ...this.#words.filter((word) => word.length >= min && onlyMembers.test(word))]
  }

  #peek(): string {
    return this.#source.charAt(this.#position)
  }

  #skip(): string {
    return this.#source.charAt(this.#position++)
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#source) ?? undefined
    this.#position += match?.[0].length ?? 0
    return match
  }
}

/** An escape stands for one character, or, as an assertion or a backreference, for none. */
function toEscape(source: string): Atom {
  if (/^\\(?:[bB1-9]|k<)/.test(source)) return NOTHING
  return /^\\[^\w]$/.test(source) ? { values: [source.slice(1)] } : memberOf(source)
}

function memberOf(source: string): Atom {
  const isMember = toTest(source)
  const members = MEMBERS.filter(isMember)
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
  return { values: members.length > 0 ? members : printable.filter(isMember).slice(0, 3), member: source }
}

function toTest(source: string): (character: string) => boolean {
  try {
    const pattern = new RegExp(`^(?:${source})$`)
    return (character) => pattern.test(character)
  } catch {
    return () => false
  }
}
