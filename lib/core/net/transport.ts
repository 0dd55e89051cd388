/**
 * How bytes travel: the seam between the one bounded request and the built-in transport or a custom
 * `fetch`.
 */
import type { Agent } from 'node:https'

export interface TransportAnswer {
  readonly status: number
  header(name: string): string | undefined
  /** For a body that comes in one piece: how long the answer says it is; else `undefined` or NaN. */
  readonly announcedBytes?: number | undefined
  /** The decoded body. Ending the iteration early ends the exchange. */
  readonly body: AsyncIterable<Uint8Array>
  /** Gives up a body that nobody reads. */
  discard(): void
}

/** What is sent: a GET, or a form by POST. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>
  /** In the encoding of forms. `undefined`: GET. */
  readonly form?: string | undefined
  /** Presents a certificate of the client. Only for the built-in transport. */
  readonly agent?: Agent | undefined
  /**
   * Lets the agent keep the connection for the next exchange. Only for requests that may arrive
   * twice: when the server ends a kept connection at that moment, the request is sent once more.
   */
  readonly isRepeatable?: boolean | undefined
}

/** What an exchange waits for. */
export type Phase = 'lookup' | 'connect' | 'answer'

/** Transports that know their phase report it. */
export type Transport = (
  url: URL,
  outgoing: Outgoing,
  signal: AbortSignal,
  report?: (phase: Phase) => void,
) => Promise<TransportAnswer>
