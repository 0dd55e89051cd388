/**
 * How bytes travel: the seam between the one bounded request and the built-in transport or a custom
 * `fetch`.
 */

export interface TransportAnswer {
  readonly status: number
  header(name: string): string | undefined
  /** The decoded body. Ending the iteration early ends the exchange. */
  readonly body: AsyncIterable<Uint8Array>
  /** Gives up a body that nobody reads. */
  discard(): void
}

/** What an exchange waits for. */
export type Phase = 'lookup' | 'connect' | 'answer'

/** Transports that know their phase report it. */
export type Transport = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  report?: (phase: Phase) => void,
) => Promise<TransportAnswer>
