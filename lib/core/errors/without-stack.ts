/** Makes errors without stack frames, which take longer to collect than the refusal itself. */

const doNothing = (): void => undefined

/**
 * Stops the collection of stack frames until the returned function is called. Does nothing where
 * `Error` is frozen, as with `--frozen-intrinsics`.
 */
export function withoutStack(): () => void {
  const limit = Error.stackTraceLimit
  if (!Reflect.set(Error, 'stackTraceLimit', 0)) return doNothing
  return () => {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}
