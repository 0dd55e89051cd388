/**
 * One call of `dns.lookup`. Applications replace that function, to cache its answers or to watch
 * it, so that nothing about its behaviour is certain.
 */
import type { LookupAddress, LookupAllOptions } from 'node:dns'
import { isString } from '../base/own.js'
import { toError } from '../base/thrown.js'

/** Longer than `getaddrinfo` waits for several name servers and search domains. */
const LOST_AFTER_MS = 120_000

/** Of the module, with types that promise nothing. */
interface Dns {
  lookup(hostname: string, options: LookupAllOptions, callback: (...args: unknown[]) => void): unknown
}

/**
 * Resolves with at least one address. Rejects with an Error for anything else, and after two
 * minutes without an answer.
 */
export async function lookUp(hostname: string, hints: number | undefined): Promise<readonly LookupAddress[]> {
  const { found } = await answerOf(hostname, hints)
  const addresses = (Array.isArray(found) ? found : [found]).flatMap(toAddress)
  if (addresses.length > 0) return addresses
  throw Object.assign(new Error('The look-up gave no address'), { code: 'ENOTFOUND', hostname })
}

/** An object, because a promise would take a thenable answer for another promise. */
function answerOf(hostname: string, hints: number | undefined): Promise<{ readonly found: unknown }> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => {
      clearTimeout(lost)
      reject(toError(thrown, 'The look-up failed'))
    }
    const succeed = (found: unknown): void => {
      clearTimeout(lost)
      resolve({ found })
    }
    const lost = setTimeout(() => {
      fail(Object.assign(new Error('The look-up did not end'), { code: 'ETIMEOUT', hostname }))
    }, LOST_AFTER_MS).unref()
    try {
      // Read at each call: the application may replace it at any time.
      const dns: Dns = process.getBuiltinModule('node:dns')
      const options = { all: true as const, ...(hints !== undefined && { hints }) }
      const returned = dns.lookup(hostname, options, (error, found) => {
        // Truth decides in Node.js too: some functions pass `undefined` for "no error".
        if (error) fail(error)
        else succeed(found)
      })
      Promise.resolve(returned).catch(fail)
    } catch (thrown) {
      fail(thrown)
    }
  })
}

/** An entry of the array that was asked for, or one address: some functions ignore `all`. */
function toAddress(found: unknown): readonly LookupAddress[] {
  const { isIP } = process.getBuiltinModule('node:net')
  const address: unknown = isString(found) ? found : (found as Partial<LookupAddress> | undefined)?.address
  return isString(address) && isIP(address) !== 0 ? [{ address, family: isIP(address) }] : []
}
