/** What the API's resource server says of each request and of its keys, by its diagnostics channels. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestListener } from 'node:http'

export type Channel = 'accepted' | 'refused' | 'keys'

/** An event of the package (its types are `AcceptedEvent`, `RefusedEvent` and `KeysEvent`), and when it was. */
export interface Observed {
  readonly channel: Channel
  /** Which request it is about; the events themselves say nothing of a request. */
  readonly requestId: string | undefined
  readonly at: number
  readonly event: unknown
}

const requestIds = new AsyncLocalStorage<string>()

/** Numbers the requests, and tells each client its number: so that the page finds out why it was refused. */
export function numbered(handler: RequestListener): RequestListener {
  let count = 0
  return (req, res) => {
    const id = String(++count)
    res.setHeader('X-Request-Id', id)
    requestIds.run(id, handler, req, res)
  }
}

/** Calls back for each event, until the function that it returns is called. */
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
