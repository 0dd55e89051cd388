/**
 * One key source for all servers of this process that would fetch the same keys in the same way. It
 * is counted by reference and dropped with its last user. Users share public keys; each keeps its
 * own trust.
 */
import { UnavailableError } from '../errors/errors.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import type { KeySetHealth } from './health.js'
import type { KeyQuery } from './key-finder.js'
import type { KeySource } from './key-source.js'
import { notePurge } from './purges.js'
import type { RemoteKeySetConfig } from './record.js'
import { RemoteKeySet } from './remote-key-set.js'
import type { IssuerSnapshot, UsableSnapshot } from './snapshot.js'
import type { VerificationKey } from '../jws/verification-key.js'

export interface SharedKeySetConfig extends RemoteKeySetConfig {
  /** Equal for sources that differ at most in transport, clock and snapshot. */
  readonly identity: string
  /**
   * A snapshot decides which keys are trusted, so only users that give the same one share a source.
   */
  readonly snapshot?: UsableSnapshot | undefined
}

interface Source {
  readonly config: Omit<SharedKeySetConfig, 'snapshot'>
  readonly snapshotIdentity: string | undefined
  readonly keys: RemoteKeySet
  users: number
}

/** By identity. */
const sources = new Map<string, Source[]>()

/** Each user calls `close()` on its own; the last call ends the source. */
export function sharedKeySet(config: SharedKeySetConfig): SharedKeySet {
  const { names, clocks, snapshot } = config
  const same = alikeTo(config).find((each) => each.snapshotIdentity === snapshot?.identity)
  if (same?.keys.refresher.holdsPurged(names) === true) same.keys.purge()
  const source = same ?? addSource(config)
  source.users++
  return new SharedKeySet(source.keys, {
    release: () => {
      release(source)
    },
    purge: () => {
      const alike = alikeTo(source.config)
      notePurge(clocks, [...names, ...alike.flatMap(({ keys }) => keys.refresher.record?.url ?? [])])
      for (const { keys } of alike) keys.purge()
    },
  })
}

/** The number of live sources, for tests of leaks. */
export function sourceCount(): number {
  return [...sources.values()].reduce((sum, alike) => sum + alike.length, 0)
}

function alikeTo({ identity, transport, clocks }: Source['config']): readonly Source[] {
  const sameIdentity = sources.get(identity) ?? []
  return sameIdentity.filter(({ config }) => config.transport === transport && config.clocks.isSame(clocks))
}

function addSource({ snapshot, ...config }: SharedKeySetConfig): Source {
  const keys = new RemoteKeySet(config)
  if (snapshot !== undefined) keys.refresher.adopt(snapshot.record)
  const source = { config, snapshotIdentity: snapshot?.identity, keys, users: 0 }
  sources.set(config.identity, [...(sources.get(config.identity) ?? []), source])
  return source
}

function release(source: Source): void {
  if (--source.users > 0) return
  const { identity } = source.config
  const others = (sources.get(identity) ?? []).filter((each) => each !== source)
  if (others.length === 0) sources.delete(identity)
  else sources.set(identity, others)
  source.keys.close()
}

interface Hold {
  release(): void
  /** Purges the sources of all users that trust the same place, whatever their snapshot. */
  purge(): void
}

/** One user's hold on a key source. */
export class SharedKeySet implements KeySource {
  readonly #keys: RemoteKeySet
  #hold: Hold | undefined

  constructor(keys: RemoteKeySet, hold: Hold) {
    this.#keys = keys
    this.#hold = hold
  }

  find(query: KeyQuery): MaybePromise<readonly VerificationKey[]> {
    return this.#open().find(query)
  }

  findNewer(query: KeyQuery, tried: readonly VerificationKey[]): MaybePromise<readonly VerificationKey[]> {
    return this.#open().findNewer(query, tried)
  }

  touch(key: VerificationKey): boolean {
    return this.#hold !== undefined && this.#keys.touch(key)
  }

  trusts(key: VerificationKey): boolean {
    return this.#hold !== undefined && this.#keys.trusts(key)
  }

  async ready(timeoutMs: number): Promise<void> {
    await this.#open().ready(timeoutMs)
  }

  async refresh(): Promise<void> {
    await this.#open().refresh()
  }

  /** For all users of the same place: a key that leaked has leaked for each of them. */
  purge(): void {
    this.#hold?.purge()
  }

  health(): KeySetHealth {
    return this.#keys.health()
  }

  isAwaited(): boolean {
    return this.#keys.isAwaited()
  }

  snapshot(): Omit<IssuerSnapshot, 'issuer'> | undefined {
    return this.#keys.snapshot()
  }

  close(): void {
    this.#hold?.release()
    this.#hold = undefined
  }

  #open(): RemoteKeySet {
    if (this.#hold === undefined) throw new UnavailableError('ERR_CLOSED')
    return this.#keys
  }
}
