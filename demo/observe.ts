/** Events of the API's resource server, read from its diagnostics channels. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestListener } from 'node:http'

export type Channel = 'accepted' | 'refused' | 'keys'

/** An `AcceptedEvent`, `RefusedEvent` or `KeysEvent`, with its time and request. */
export interface Observed {
  readonly channel: Channel
  /** The request that caused the event, as numbered by `numbered`. */
  readonly requestId: string | undefined
  readonly at: number
  readonly event: unknown
}

const requestIds = new AsyncLocalStorage<string>()

/** Gives each request a number, by which the page finds the event for a refusal. */
export function numbered(handler: RequestListener): RequestListener {
  let count = 0
  return (req, res) => {
    const id = String(++count)
    res.setHeader('X-Request-Id', id)
    requestIds.run(id, handler, req, res)
  }
}

/** Calls `listener` for each event. Returns a function that ends this. */
export function observe(listener: (observed: Observed) => void): () => void {
  const subscriptions = (['accepted', 'refused', 'keys'] as const).map((channel) => {
    const name = `express-resource-server:${channel}`
    function receive(event: unknown) {
      listener({ channel, requestId: requestIds.getStore(), at: Date.now(), event })
    }
    subscribe(name, receive)
    return () => unsubscribe(name, receive)
  })
  return () => subscriptions.forEach((end) => end())
}
