/** What is read of a request. Node's `IncomingMessage` and the requests of Express 4 and 5 are such already. */

export interface ResourceRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The request target before any router cut off its mount path; read in preference to `url`. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names and values in turn, as received: two headers of one name show here alone. */
  readonly rawHeaders?: readonly string[] | undefined
  /** A form that a body parser has read. */
  readonly body?: unknown
}
