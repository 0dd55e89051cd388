/**
 * Plain settings that say where the keys of an issuer come from, and the key source made from them.
 */
import type { Clocks } from '../base/clock.js'
import { KeyIndex } from '../jws/jwk-set.js'
import { toSecretKey } from '../jws/verification-key.js'
import type { AddressPolicy } from '../net/addresses.js'
import { publicTransport } from '../net/node-transport.js'
import type { Transport } from '../net/transport.js'
import { discoverKeys } from './discovery.js'
import type { LocateKeys } from './discovery.js'
import { GivenKeys } from './key-source.js'
import type { KeySource } from './key-source.js'
import type { UpstreamSource } from '../errors/upstream-error.js'
import type { KeyLimits } from './limits.js'
import { mayBePurged } from './purges.js'
import { sharedKeySet } from './registry.js'
import { entryFor, usableSnapshot } from './snapshot.js'
import type { GivenSnapshot, UsableSnapshot } from './snapshot.js'

export type KeySettings =
  | { readonly kind: 'jwks'; readonly index: KeyIndex }
  | { readonly kind: 'secret'; readonly secrets: readonly Uint8Array[] }
  /** An issuer of opaque tokens only. The limits are those for its metadata. */
  | { readonly kind: 'none'; readonly metadataUrl: URL | undefined; readonly limits: KeyLimits }
  | RemoteKeySettings

export interface RemoteKeySettings {
  readonly kind: 'remote'
  readonly issuer: string
  /** `'issuer'` means discovery at the well-known places. */
  readonly from: 'jwksUri' | 'metadataUrl' | 'issuer'
  readonly url: URL
  readonly limits: KeyLimits
  readonly snapshot: GivenSnapshot | undefined
  readonly allowInsecureHttp: boolean
  readonly addressPolicy: AddressPolicy
  /** Whether a resolver gave the options of the issuer, which a token had named. */
  readonly isResolved: boolean
}

export interface KeySourceMeans {
  readonly transport: Transport
  readonly clocks: Clocks
}

/** A remote source is shared and counted: the caller must `close()` it. */
export function makeKeySource(settings: KeySettings, means: KeySourceMeans): KeySource {
  switch (settings.kind) {
    case 'jwks':
      return new GivenKeys(settings.index)
    case 'secret':
      return new GivenKeys(new KeyIndex(settings.secrets.map(toSecretKey)), { ignoresKid: true })
    case 'none':
      return new GivenKeys(new KeyIndex([]))
    case 'remote':
      return remoteKeys(settings, means)
  }
}

function remoteKeys(settings: RemoteKeySettings, { transport, clocks }: KeySourceMeans): KeySource {
  const { issuer, from, url, limits } = settings
  const place = from === 'issuer' ? issuer : url.href
  return sharedKeySet({
    place,
    names: [...new Set([issuer, place])],
    source: sourceOf(settings),
    identity: identityOf(settings, place),
    locate: locator(settings, clocks),
    limits,
    clocks,
    transport: settings.addressPolicy === 'public' ? publicTransport(transport) : transport,
    snapshot: snapshotFor(settings, place, clocks),
  })
}

/** Without the issuer if several may share the source, and nothing that a token may have named. */
function sourceOf({ issuer, from, url, isResolved }: RemoteKeySettings): UpstreamSource | undefined {
  if (isResolved) return undefined
  if (from === 'issuer') return { issuer }
  return from === 'jwksUri' ? { jwksUri: url.href } : { issuer, metadataUrl: url.href }
}

function snapshotFor(
  { issuer, from, limits, snapshot }: RemoteKeySettings,
  place: string,
  clocks: Clocks,
): UsableSnapshot | undefined {
  if (snapshot === undefined) return undefined
  const entry = entryFor(issuer, snapshot.contents)
  const usable = entry && usableSnapshot(entry, limits, clocks.now())
  if (usable === undefined || (from === 'jwksUri' && usable.record.url !== place)) return undefined
  const { record, purgeId } = usable
  const names = [issuer, place, record.url]
  const origin = { names, fetchedAtMs: record.fetchedAt.epochMs, purgeId, givenAt: snapshot.givenAt }
  return mayBePurged(origin, clocks) ? undefined : usable
}

function locator(settings: RemoteKeySettings, clocks: Clocks): LocateKeys {
  const { issuer, from, url, limits, allowInsecureHttp } = settings
  if (from === 'jwksUri') return () => Promise.resolve({ url, metadata: undefined })
  const metadataUrl = from === 'metadataUrl' ? url : undefined
  return discoverKeys({ issuer, metadataUrl, urlPolicy: { allowInsecureHttp }, limits, clocks })
}

/** Everything in which two sources may differ, except transport, clock and snapshot. */
function identityOf({ issuer, from, limits, allowInsecureHttp }: RemoteKeySettings, place: string): string {
  const whose = from === 'metadataUrl' ? issuer : ''
  return JSON.stringify([from, place, whose, Object.entries(limits).sort(), allowInsecureHttp])
}
