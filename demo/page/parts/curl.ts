/** Formats a request as a curl command. */
import type { Call } from '../routes.js'

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export function curlLine({ url, headers = {}, body }: Call): string {
  const options = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  if (body !== undefined) options.push(`-d ${quoted(body)}`)
  return ['curl -i', quoted(url), ...options].join(' \\\n  ')
}
