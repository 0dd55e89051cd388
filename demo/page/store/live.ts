/** Live events and state of the API's resource server, received as server-sent events. */
import type { AcceptedEvent, Health, KeysEvent, RefusedEvent } from 'express-resource-server'
import { update } from '../update.js'

export type Observed = { readonly requestId?: string; readonly at: number } & (
  | { readonly channel: 'accepted'; readonly event: AcceptedEvent }
  | { readonly channel: 'refused'; readonly event: RefusedEvent }
  | { readonly channel: 'keys'; readonly event: KeysEvent }
)

export interface LiveHealth extends Health {
  readonly keyEndpoint: 'up' | 'slow' | 'down'
  readonly keyRotations: number
}

const KEPT = 60
/** Events arrive at once. This limit is for one that was lost, even on a very busy machine. */
const WAIT_MS = 15_000

let events: readonly Observed[] = []
let latest: LiveHealth | undefined
let connected = false
const waiting = new Map<string, (event: RefusedEvent) => void>()

export function startWatching(): void {
  const source = new EventSource('/events')
  source.addEventListener('open', () => {
    // The server repeats the most recent events on each connection.
    events = []
    connected = true
    update()
  })
  source.addEventListener('error', () => {
    connected = false
    update()
  })
  source.addEventListener('observed', ({ data }: MessageEvent<string>) => {
    const observed = JSON.parse(data) as Observed
    events = [...events, observed].slice(-KEPT)
    if (observed.channel === 'refused') waiting.get(observed.requestId ?? '')?.(observed.event)
    update()
  })
  source.addEventListener('health', ({ data }: MessageEvent<string>) => {
    latest = JSON.parse(data) as LiveHealth
    update()
  })
}

export const live = {
  get events() {
    return events
  },
  get health() {
    return latest
  },
  get isConnected() {
    return connected
  },
}

/** Returns why the API refused this request, or `undefined` if the event does not arrive. */
export async function refusalOf(requestId: string | undefined): Promise<RefusedEvent | undefined> {
  if (requestId === undefined) return undefined
  const known = events.find((each) => isRefusal(each, requestId))
  if (known) return known.event as RefusedEvent
  return new Promise<RefusedEvent | undefined>((resolve) => {
    waiting.set(requestId, resolve)
    setTimeout(() => resolve(undefined), WAIT_MS)
  }).finally(() => waiting.delete(requestId))
}

function isRefusal(observed: Observed, requestId: string) {
  return observed.channel === 'refused' && observed.requestId === requestId
}
