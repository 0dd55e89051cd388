/**
 * The smallest request, response and handler that this package works with. Node, Connect and both
 * Express majors have them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface ResourceRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The request target before any router removed its mount path; preferred to `url`. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names and values in turn, as received: only here do two headers of one name show. */
  readonly rawHeaders?: readonly string[] | undefined
  /** The form that a body parser has read. */
  readonly body?: unknown
  /** The connection, where there is one: its peer's address and certificate. */
  readonly socket?: unknown
}

/** What is used of a response. Node's `ServerResponse` and engine.io's stand-in both have it. */
export interface ResourceResponse {
  statusCode: number
  readonly headersSent?: boolean | undefined
  /** Whether somebody has ended the response. */
  readonly writableEnded?: boolean | undefined
  getHeader(name: string): number | string | readonly string[] | undefined
  setHeader(name: string, value: string): unknown
  removeHeader?(name: string): unknown
  end(body: string): unknown
  destroy?(): unknown
}

export type ResponseHeaders = Readonly<Record<string, string>>

export const NO_HEADERS: ResponseHeaders = Object.freeze({})

export type Next = (error?: unknown) => void

/** A handler that every Connect-style framework accepts; it returns nothing, never a promise. */
export type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => void
