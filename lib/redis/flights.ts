/** The commands on their way to one node: each has a time limit, all together a bound. */

/** Many times what a healthy Redis has open at the rate at which one process can verify proofs. */
const MAX_UNANSWERED = 500
const PROBE_INTERVAL_MS = 10_000

/**
 * A client may keep a command for longer than its caller waits, and send it later. Such commands
 * count until they end, or until a later one is answered, because Redis answers in order.
 */
export class Flights {
  readonly #timeoutMs: number
  readonly #maxUnanswered: number
  readonly #monotonicMs: () => number
  #sent = 0
  /** The number of the latest command that ended. */
  #ended = 0
  #nextProbeMs = -Infinity

  constructor(
    timeoutMs: number,
    monotonicMs: () => number = () => performance.now(),
    maxUnanswered: number = MAX_UNANSWERED,
  ) {
    this.#maxUnanswered = maxUnanswered
    this.#timeoutMs = timeoutMs
    this.#monotonicMs = monotonicMs
  }

  /** `send` must not throw. Rejects after the time limit; what the command answers later is ignored. */
  async run<T>(send: () => Promise<T>): Promise<T> {
    this.#admit()
    const number = ++this.#sent
    const ended = send().finally(() => (this.#ended = Math.max(this.#ended, number)))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`Redis did not answer within ${String(this.#timeoutMs)} ms`)
      timer = setTimeout(() => reject(error), this.#timeoutMs)
    })
    try {
      return await Promise.race([ended, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** At the bound, one command at times finds out whether Redis is back: some clients lose commands. */
  #admit(): void {
    if (this.#sent - this.#ended < this.#maxUnanswered) return
    const nowMs = this.#monotonicMs()
    if (nowMs < this.#nextProbeMs) throw new Error('Too many commands wait for Redis')
    this.#nextProbeMs = nowMs + PROBE_INTERVAL_MS
  }
}
