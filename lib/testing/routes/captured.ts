/** The regular expression inside a function that asks it. */

/**
 * Calls the function, and sees whose `exec` it calls: for this one synchronous call, expressions
 * report themselves. `undefined` if none does.
 */
export function capturedExpression(matcher: (path: string) => unknown): RegExp | undefined {
  const prototype = RegExp.prototype
  const original = Object.getOwnPropertyDescriptor(prototype, 'exec')
  const captured: RegExp[] = []
  if (original === undefined) return undefined
  const exec = function exec(this: RegExp): null {
    captured.push(this)
    return null
  }
  Reflect.defineProperty(prototype, 'exec', { ...original, value: exec })
  try {
    matcher('/')
  } catch {
    return undefined
  } finally {
    Reflect.defineProperty(prototype, 'exec', original)
  }
  return captured[0]
}
