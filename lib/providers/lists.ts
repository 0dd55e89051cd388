/** Reads lists of words, and words of which exactly one is given. */
import type { OptionReader } from '../core/options/reader.js'
import type { WordShape } from './words.js'

/** One string or several, each of which matches. Throws a ConfigurationError if there is none. */
export function readWordList(reader: OptionReader, name: string, shape: WordShape): readonly string[] {
  const words = reader.strings(name) ?? reader.fail(name, `is required, such as ${shape.example}`)
  for (const word of words) {
    const mistake = shape.mistakes?.find(([pattern]) => pattern.test(word))
    if (mistake !== undefined) reader.fail(name, mistake[1])
    if (!shape.pattern.test(word)) reader.fail(name, `must be ${shape.what}, such as ${shape.example}`)
  }
  return words
}

/**
 * The one of these words that is given. Throws a ConfigurationError if none or several are; `why`
 * says what each is for.
 */
export function onlyOne<const T extends string>(
  reader: OptionReader,
  names: readonly [T, ...T[]],
  why: string,
): T {
  const [given, second] = names.filter((name) => reader.has(name))
  if (given === undefined) reader.fail(names[0], `is required, or one of its alternatives: ${why}`)
  if (second !== undefined) reader.fail(second, `contradicts ${given}. Set only one of them: ${why}`)
  return given
}
