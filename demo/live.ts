/** Tells the page what happens at the API: each event, and once a second the state of its keys. */
import type { ResourceServer } from 'express-resource-server'
import type { KeyEndpoint } from './authorization-server/key-endpoint.js'
import { EventStream } from './event-stream.js'
import { observe } from './observe.js'

const HEALTH_INTERVAL_MS = 1000

export interface Live {
  readonly events: EventStream
  readonly end: () => void
}

export function goLive(protection: ResourceServer, keyEndpoint: KeyEndpoint): Live {
  const events = new EventStream()
  const endObserving = observe((observed) => events.send('observed', observed, { isKept: true }))
  const timer = setInterval(() => {
    if (events.isWatched) events.send('health', { ...protection.health(), keyEndpoint: keyEndpoint.mode })
  }, HEALTH_INTERVAL_MS)

  return {
    events,
    end() {
      endObserving()
      clearInterval(timer)
    },
  }
}
