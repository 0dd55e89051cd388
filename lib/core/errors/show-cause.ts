/** Makes the cause of an error visible in its `stack`, for frameworks that log only that. */
import { inspect } from 'node:util'

/** Replaces `stack` by a getter: the text is made only if somebody reads it. */
export function showCause(error: Error): void {
  if (!Object.hasOwn(error, 'cause')) return
  const own = stackOf(error)
  let text: string | undefined
  Object.defineProperty(error, 'stack', {
    get: () => (text ??= `${own}\n[cause]: ${describe(error.cause)}`),
    set: (value: string) => {
      text = value
    },
    configurable: true,
  })
}

/** `Error.prepareStackTrace` of the application may throw. */
function stackOf(error: Error): string {
  try {
    return error.stack ?? String(error)
  } catch {
    return String(error)
  }
}

/** A hostile object can throw when it is inspected, even into an error handler. */
function describe(cause: unknown): string {
  try {
    return inspect(cause)
  } catch {
    return 'could not be shown'
  }
}
