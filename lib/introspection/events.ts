/** Calls of the endpoint on a tracing channel, which costs nothing without subscribers. */
import { tracingChannel } from 'node:diagnostics_channel'

/** The context of the tracing channel `express-resource-server:introspection`. `error` says why a call failed. */
export interface IntrospectionTrace {
  /** The issuer, as configured. */
  readonly issuer: string
}

const calls = tracingChannel<unknown, IntrospectionTrace>('express-resource-server:introspection')

/** Runs a call inside the tracing channel. Its result, which holds claims, is not shown. */
export async function traceCall<T>(trace: IntrospectionTrace, call: () => Promise<T>): Promise<T> {
  const results: T[] = []
  const run = async (): Promise<void> => {
    results.push(await call())
  }
  await calls.tracePromise(run, { ...trace })
  return results[0] as T
}
