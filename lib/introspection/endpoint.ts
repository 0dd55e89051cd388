/** Where to ask: the endpoint of the options, or the one that the issuer's metadata names. RFC 8414 §2, RFC 8705 §5. */
import type { Clocks } from '../core/base/clock.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isObject, isString, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import type { UnavailableError } from '../core/errors/errors.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import type { UpstreamSource } from '../core/errors/upstream-error.js'
import { BackOff, retryAfterMs } from '../core/keys/back-off.js'
import { Flight } from '../core/keys/flight.js'
import type { KeyLimits } from '../core/keys/limits.js'
import { fetchMetadata } from '../core/keys/metadata.js'
import type { FetchedMetadata } from '../core/keys/metadata.js'
import { stateOf } from '../core/keys/state.js'
import type { KeyState } from '../core/keys/state.js'
import type { Transport } from '../core/net/transport.js'
import { parseLinkedUrl } from '../core/net/urls.js'
import type { UrlPolicy } from '../core/net/urls.js'
import type { Trouble } from './circuit.js'
import { unavailable } from './unavailable.js'

export type Place =
  | { readonly kind: 'given'; readonly url: URL }
  | {
      readonly kind: 'discovered'
      readonly issuer: string
      readonly metadataUrl: URL | undefined
      readonly urlPolicy: UrlPolicy
      /** For the metadata, as for keys. */
      readonly limits: KeyLimits
    }

export interface EndpointFinder {
  /** Rejects or throws with an UnavailableError. */
  find(): MaybePromise<URL>
  ready(timeoutMs: number): Promise<void>
  /** Why there is no endpoint to ask; `undefined` if there is one, or nobody looked for it yet. */
  trouble(): Trouble | undefined
  close(): void
}

export interface FinderMeans {
  readonly transport: Transport
  readonly clocks: Clocks
  /** Whether the client presents a certificate, for which the server may have another endpoint. */
  readonly usesCertificate: boolean
}

export function endpointFinder(place: Place, means: FinderMeans): EndpointFinder {
  if (place.kind === 'discovered') return new DiscoveredEndpoint(place, means)
  return {
    find: () => place.url,
    ready: () => Promise.resolve(),
    trouble: () => undefined,
    close: () => undefined,
  }
}

/** The options that say where to ask. */
export function sourceOf(place: Place, issuer: string): UpstreamSource {
  if (place.kind === 'given') return { issuer, endpoint: place.url.href }
  return { issuer, metadataUrl: place.metadataUrl?.href }
}

interface EndpointMetadata extends FetchedMetadata {
  readonly endpoint: URL
}

type Discovered = Extract<Place, { kind: 'discovered' }>

class DiscoveredEndpoint implements EndpointFinder {
  readonly #place: Discovered
  readonly #means: FinderMeans
  readonly #backOff: BackOff
  #known: EndpointMetadata | undefined
  #flight: Flight | undefined
  #lastFailure: UpstreamError | undefined

  constructor(place: Discovered, means: FinderMeans) {
    this.#place = place
    this.#backOff = new BackOff(place.limits.staleMs)
    this.#means = means
  }

  find(): MaybePromise<URL> {
    const state = this.#state()
    if (this.#known === undefined || state === 'EXPIRED')
      return this.#load(this.#place.limits.flightTimeoutMs)
    if (state !== 'FRESH' && this.#flight === undefined && this.#waitMs(true) === 0) this.#start()
    return this.#known.endpoint
  }

  async ready(timeoutMs: number): Promise<void> {
    if (this.#known === undefined) await this.#load(timeoutMs)
  }

  trouble(): Trouble | undefined {
    const { failures } = this.#backOff
    const state = this.#state()
    if (failures === 0 || (state !== 'COLD' && state !== 'EXPIRED')) return undefined
    return { failures, isOpen: true, lastFailure: this.#lastFailure }
  }

  close(): void {
    this.#flight?.abort()
  }

  #state(): KeyState {
    return stateOf(this.#known?.freshness, this.#means.clocks.now())
  }

  async #load(timeoutMs: number): Promise<URL> {
    if (this.#flight === undefined && this.#waitMs(false) > 0) throw this.#unavailable(this.#lastFailure)
    await (this.#flight ?? this.#start()).wait(timeoutMs)
    if (this.#known === undefined) throw this.#unavailable(this.#lastFailure)
    return this.#known.endpoint
  }

  #start(): Flight {
    const { transport, clocks } = this.#means
    const flight = new Flight({
      limits: this.#place.limits,
      transport,
      isOverdue: false,
      bypassesCaches: false,
      isConditional: this.#backOff.failures === 0,
      startedAtMs: clocks.monotonicMs(),
      unavailable: (cause) => this.#unavailable(cause),
    })
    this.#flight = flight
    flight.begin((fetchDocument) => this.#fly(fetchDocument))
    return flight
  }

  async #fly(fetchDocument: Parameters<typeof fetchMetadata>[2]): Promise<void> {
    const { clocks } = this.#means
    const config = { ...this.#place, clocks }
    try {
      this.#known = await fetchMetadata(config, this.#known, fetchDocument, (document, from) => ({
        endpoint: this.#read(document, from),
      }))
      this.#backOff.reset()
    } catch (thrown) {
      if (thrown instanceof UpstreamError) this.#failed(thrown)
      throw thrown
    } finally {
      this.#flight = undefined
    }
  }

  #failed(failure: UpstreamError): void {
    const { epochMs, monotonicMs } = this.#means.clocks.now()
    this.#lastFailure = failure
    this.#backOff.failed(monotonicMs, retryAfterMs(failure.retryAfter, epochMs), Math.random())
  }

  #read(document: JsonObject, from: URL): URL {
    const aliases = this.#means.usesCertificate ? own(document, 'mtls_endpoint_aliases') : undefined
    const alias = isObject(aliases) ? own(aliases, 'introspection_endpoint') : undefined
    const endpoint = alias ?? own(document, 'introspection_endpoint')
    if (!isString(endpoint)) throw new UpstreamError('endpoint_missing')
    const url = parseLinkedUrl(endpoint, from, this.#place.urlPolicy)
    if (url === undefined) throw new UpstreamError('endpoint_refused')
    return url
  }

  #waitMs(isServing: boolean): number {
    return this.#backOff.waitMs(this.#means.clocks.monotonicMs(), isServing)
  }

  #unavailable(cause: UpstreamError | undefined): UnavailableError {
    return unavailable(cause, this.#waitMs(false), sourceOf(this.#place, this.#place.issuer))
  }
}
