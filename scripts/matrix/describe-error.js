/** Maximum length of one printed error. */
const maxLength = 20_000

/** @type {(error: unknown) => string} */
const describe = (error) => {
  if (error instanceof AggregateError)
    return [error.message, .../** @type {unknown[]} */ (error.errors).map(describe)].join('\n')
  return error instanceof Error ? error.message : String(error)
}

/**
 * The message without the stack, because the failures are those of other programs.
 * @param {unknown} error
 */
export const describeError = (error) => describe(error).slice(0, maxLength)
