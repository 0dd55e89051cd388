/**
 * What it says, without the stack: the failures are those of other programs.
 * @type {(error: unknown) => string}
 */
export const describeError = (error) => {
  if (error instanceof AggregateError)
    return [error.message, .../** @type {unknown[]} */ (error.errors).map(describeError)].join('\n')
  return error instanceof Error ? error.message : String(error)
}
