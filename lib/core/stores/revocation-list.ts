/** Live revocations in the memory of one process: bounded, and none is forgotten before its end. */
import type { RevocableToken } from './revocation-store.js'
import { isIssuedBy, targetsOf } from './revocation-targets.js'
import type { Target } from './revocation-targets.js'

/** How long tokens are revoked: those issued up to `before`, and all of them. Ends are monotonic seconds. */
interface Entry {
  before: number
  beforeEnd: number
  alwaysEnd: number
}

/** `'unknown'`: the list was full when a revocation came that may be about this token. */
export type ListAnswer = 'revoked' | 'unknown' | 'not listed'

const MAX_GROUPS = 1000
const ALL_GROUPS = ''

export class RevocationList {
  readonly #maxEntries: number
  readonly #monotonicMs: () => number
  readonly #entries = new Map<string, Entry>()
  /** The keys to look at in each second: each key in one of them. */
  readonly #bySecond = new Map<number, string[]>()
  /** What did not fit in, as one entry for each group. */
  readonly #lost = new Map<string, Entry>()
  #sweptSecond: number
  /** Grows with each addition. */
  #version = 0
  /** Tokens that come again, with the version in which they were not listed. */
  readonly #notListed = new WeakMap<RevocableToken, number>()

  constructor(maxEntries: number, monotonicMs: () => number = () => performance.now()) {
    this.#maxEntries = maxEntries
    this.#monotonicMs = monotonicMs
    this.#sweptSecond = Math.floor(monotonicMs() / 1000)
  }

  /** How many entries are held. */
  get size(): number {
    return this.#entries.size
  }

  /** Returns `false` if the list is full. */
  add({ key, group }: Target, before: number, forSeconds: number): boolean {
    const now = this.#sweep()
    this.#version++
    // Rounded up: an entry may live up to a second too long, never too short.
    const end = Math.ceil(now + forSeconds)
    const entry = this.#entries.get(key)
    if (entry !== undefined) extend(entry, before, end)
    else if (this.#entries.size < this.#maxEntries) {
      this.#entries.set(key, extend(newEntry(), before, end))
      this.#schedule(key, end)
    } else {
      this.#lose(group, before, end)
      return false
    }
    return true
  }

  ask(token: RevocableToken): ListAnswer {
    const now = this.#sweep()
    if (this.#notListed.get(token) === this.#version) return 'not listed'
    const answer = this.#lookUp(token, now)
    if (answer === 'not listed' && Object.isFrozen(token)) this.#notListed.set(token, this.#version)
    return answer
  }

  #lookUp(token: RevocableToken, now: number): ListAnswer {
    if (this.#entries.size === 0 && this.#lost.size === 0) return 'not listed'
    const targets = targetsOf(token)
    for (const { key } of targets) {
      const entry = this.#entries.get(key)
      if (entry !== undefined && covers(entry, token, now)) return 'revoked'
    }
    return this.#lost.size > 0 && this.#mayBeLost(targets, token, now) ? 'unknown' : 'not listed'
  }

  /** The oldest first. */
  keys(): IterableIterator<string> {
    this.#sweep()
    return this.#entries.keys()
  }

  /** What is live under these keys, each as up to two revocations: `before`, and the seconds that are left. */
  *live(keys: Iterable<string>): Generator<readonly [key: string, before: number, forSeconds: number]> {
    const now = this.#sweep()
    for (const key of keys) {
      const { before, beforeEnd, alwaysEnd } = this.#entries.get(key) ?? newEntry()
      if (beforeEnd > now) yield [key, before, beforeEnd - now]
      if (alwaysEnd > now) yield [key, Infinity, alwaysEnd - now]
    }
  }

  #lose(group: string, before: number, end: number): void {
    const place = this.#lost.has(group) || this.#lost.size < MAX_GROUPS ? group : ALL_GROUPS
    this.#lost.set(place, extend(this.#lost.get(place) ?? newEntry(), before, end))
  }

  #mayBeLost(targets: readonly Target[], token: RevocableToken, now: number): boolean {
    const groups = [...targets.map(({ group }) => group), ALL_GROUPS]
    return groups.some((group) => {
      const entry = this.#lost.get(group)
      return entry !== undefined && covers(entry, token, now)
    })
  }

  #schedule(key: string, second: number): void {
    const sameSecond = this.#bySecond.get(second)
    if (sameSecond) sameSecond.push(key)
    else this.#bySecond.set(second, [key])
  }

  /** Once a second at most, as only whole seconds end. Returns the time in seconds. */
  #sweep(): number {
    const now = this.#monotonicMs() / 1000
    const second = Math.floor(now)
    if (second <= this.#sweptSecond) return now
    const from = this.#sweptSecond
    this.#sweptSecond = second
    const due =
      second - from < this.#bySecond.size
        ? Array.from({ length: second - from }, (_, index) => from + 1 + index)
        : [...this.#bySecond.keys()].filter((each) => each <= second)
    for (const each of due) this.#endSecond(each)
    for (const [group, entry] of this.#lost) if (endOf(entry) <= second) this.#lost.delete(group)
    return now
  }

  #endSecond(second: number): void {
    const keys = this.#bySecond.get(second)
    if (keys === undefined) return
    this.#bySecond.delete(second)
    for (const key of keys) {
      const end = endOf(this.#entries.get(key) ?? newEntry())
      if (end > this.#sweptSecond) this.#schedule(key, end)
      else this.#entries.delete(key)
    }
  }
}

function newEntry(): Entry {
  return { before: -Infinity, beforeEnd: 0, alwaysEnd: 0 }
}

/** Several dated revocations of one target become one, with the latest date and the latest end. */
function extend(entry: Entry, before: number, end: number): Entry {
  if (before === Infinity) entry.alwaysEnd = Math.max(entry.alwaysEnd, end)
  else {
    entry.before = Math.max(entry.before, before)
    entry.beforeEnd = Math.max(entry.beforeEnd, end)
  }
  return entry
}

function endOf({ beforeEnd, alwaysEnd }: Entry): number {
  return Math.max(beforeEnd, alwaysEnd)
}

function covers({ before, beforeEnd, alwaysEnd }: Entry, token: RevocableToken, now: number): boolean {
  return alwaysEnd > now || (beforeEnd > now && isIssuedBy(before, token))
}
