/**
 * One key source for all who would fetch the same keys in the same way, in this process: counted by reference, dropped when
 * its last user is done. What they share is public keys; each user keeps its own trust in them.
 */
import { UnavailableError } from '../errors/errors.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import type { KeySetHealth } from './health.js'
import type { KeyQuery } from './key-finder.js'
import type { KeySource } from './key-source.js'
import type { KeyRecord, RemoteKeySetConfig } from './record.js'
import { RemoteKeySet } from './remote-key-set.js'
import type { IssuerSnapshot } from './snapshot.js'
import type { VerificationKey } from '../jws/verification-key.js'

export interface SharedKeySetConfig extends RemoteKeySetConfig {
  /** What makes two sources the same, beside transport and clock. */
  readonly identity: string
}

interface Source {
  readonly config: SharedKeySetConfig
  readonly keys: RemoteKeySet
  users: number
}

/** By identity; the few that differ in transport or clock stand side by side. */
const sources = new Map<string, Source[]>()

/** Where the user's `close()` ends, and that of the others does not. */
export function sharedKeySet(config: SharedKeySetConfig): SharedKeySet {
  const alike = sources.get(config.identity) ?? []
  let source = alike.find((each) => isSame(each.config, config))
  if (source === undefined) {
    source = { config, keys: new RemoteKeySet(config), users: 0 }
    sources.set(config.identity, [...alike, source])
  }
  source.users++
  return new SharedKeySet(source.keys, release(source))
}

/** How many sources are alive, for tests of leaks. */
export function sourceCount(): number {
  return [...sources.values()].reduce((sum, alike) => sum + alike.length, 0)
}

function isSame(a: SharedKeySetConfig, b: SharedKeySetConfig): boolean {
  return a.transport === b.transport && a.clocks.isSame(b.clocks)
}

function release(source: Source): () => void {
  return () => {
    if (--source.users > 0) return
    const { identity } = source.config
    const others = (sources.get(identity) ?? []).filter((each) => each !== source)
    if (others.length === 0) sources.delete(identity)
    else sources.set(identity, others)
    source.keys.close()
  }
}

/** One user's hold on a key source. */
export class SharedKeySet implements KeySource {
  readonly #keys: RemoteKeySet
  #release: (() => void) | undefined

  constructor(keys: RemoteKeySet, release: () => void) {
    this.#keys = keys
    this.#release = release
  }

  find(query: KeyQuery): MaybePromise<readonly VerificationKey[]> {
    return this.#open().find(query)
  }

  touch(key: VerificationKey): boolean {
    return this.#release !== undefined && this.#keys.touch(key)
  }

  async ready(timeoutMs: number): Promise<void> {
    await this.#open().ready(timeoutMs)
  }

  async refresh(): Promise<void> {
    await this.#open().refresh()
  }

  /** For all who share the keys: a key that leaked has leaked for each of them. */
  purge(): void {
    if (this.#release !== undefined) this.#keys.purge()
  }

  adopt(record: KeyRecord): void {
    this.#keys.adopt(record)
  }

  health(): KeySetHealth {
    return this.#keys.health()
  }

  snapshot(): Omit<IssuerSnapshot, 'issuer'> | undefined {
    return this.#keys.snapshot()
  }

  close(): void {
    this.#release?.()
    this.#release = undefined
  }

  #open(): RemoteKeySet {
    if (this.#release === undefined) throw new UnavailableError('ERR_CLOSED')
    return this.#keys
  }
}
