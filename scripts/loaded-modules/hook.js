/** Module customization hook: prints the URL of each module before it is loaded. */
import { writeSync } from 'node:fs'

/** @type {import('node:module').LoadHook} */
export const load = (url, context, nextLoad) => {
  writeSync(1, `${url}\n`)
  return nextLoad(url, context)
}
