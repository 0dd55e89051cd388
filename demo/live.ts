/** Streams events to the page as they happen, and the state of the keys once a second. */
import type { ResourceServer } from 'express-resource-server'
import type { AuthorizationServer } from './authorization-server.js'
import { EventStream } from './event-stream.js'
import { observe } from './observe.js'

const HEALTH_INTERVAL_MS = 1000

export interface Live {
  readonly events: EventStream
  readonly end: () => void
}

export function goLive(protection: ResourceServer, authorizationServer: AuthorizationServer): Live {
  const events = new EventStream()
  const endObserving = observe((observed) => events.send('observed', observed, { isKept: true }))
  const timer = setInterval(() => {
    if (!events.isWatched) return
    const keyEndpoint = authorizationServer.keyEndpoint.mode
    const keyRotations = authorizationServer.keyRotations()
    events.send('health', { ...protection.health(), keyEndpoint, keyRotations })
  }, HEALTH_INTERVAL_MS)

  return {
    events,
    end() {
      endObserving()
      clearInterval(timer)
    },
  }
}
