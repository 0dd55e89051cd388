/** Headers as they were received: Node.js joins repeated ones, or keeps the first only. RFC 9110 §5.2 and §5.3. */

/** How often a header was received; `name` is in lower case. */
export function countRawHeaders(rawHeaders: readonly string[] | undefined, name: string): number {
  if (rawHeaders === undefined) return 0
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const each = rawHeaders[i]
    if (each?.length === name.length && each.toLowerCase() === name) count++
  }
  return count
}

/** The values of a header in their order; `name` is in lower case. */
export function rawHeadersOf(rawHeaders: readonly string[] | undefined, name: string): readonly string[] {
  return rawHeaders?.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name) ?? []
}
