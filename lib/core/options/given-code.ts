/** Code of the values that options take, while a server is made: what it does wrong is wrong configuration. */
import { isObject } from '../base/own.js'
import { ConfigurationError } from '../errors/errors.js'
import type { ServerVerifier } from '../server/settings.js'
import type { OptionReader } from './reader.js'

const OPTIONAL_METHODS = ['check', 'ready', 'health', 'purge', 'close']

/** What it throws becomes a ConfigurationError that names the option. */
export function runGiven<T>(top: OptionReader, name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    const path = top.pathOf(name)
    throw new ConfigurationError(`${path}: holds code that failed, as the cause shows`, path, { cause })
  }
}

/** Of a value that makes a verifier. */
export function verifierOf(top: OptionReader, name: string, make: () => unknown): ServerVerifier {
  const verifier = runGiven(top, name, make)
  return isVerifier(verifier)
    ? verifier
    : top.fail(name, 'must make a verifier: an object with handles and verify')
}

function isVerifier(value: unknown): value is ServerVerifier {
  return (
    isObject(value) &&
    typeof value['handles'] === 'function' &&
    typeof value['verify'] === 'function' &&
    OPTIONAL_METHODS.every((name) => value[name] === undefined || typeof value[name] === 'function')
  )
}
