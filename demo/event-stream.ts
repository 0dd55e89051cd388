/** Server-sent events. New listeners first receive the most recent events. */
import type { RequestHandler, Response } from 'express'

const KEPT = 60

export class EventStream {
  readonly #listeners = new Set<Response>()
  readonly #kept: string[] = []

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  readonly handler: RequestHandler = (_req, res) => {
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders()
    res.write(this.#kept.join(''))
    this.#listeners.add(res)
    res.once('close', () => this.#listeners.delete(res))
  }

  /** With `isKept`, later listeners receive the event too. */
  send(name: string, data: unknown, { isKept = false } = {}): void {
    const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
    if (isKept && this.#kept.push(text) > KEPT) this.#kept.shift()
    for (const listener of this.#listeners) listener.write(text)
  }
}
