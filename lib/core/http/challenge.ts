/** The text of a `WWW-Authenticate` header: one challenge for each scheme. RFC 6750 §3, RFC 9110 §11.6.1 and §5.6.4. */

/** One scheme that clients may use, with the parameters that every challenge of it has. */
export interface SchemeChallenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string | undefined>>
}

/** Joins the challenges in their order. Cannot throw, and nothing in a value can end its quotes. */
export function renderChallenges(challenges: readonly SchemeChallenge[]): string {
  return challenges.map(render).join(', ')
}

function render({ scheme, parameters }: SchemeChallenge): string {
  const list = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ')
  return list === '' ? scheme : `${scheme} ${list}`
}

/** RFC 6750 §3 allows only printable ASCII. */
function quoted(value: string): string {
  const printable = value.replace(/[^\x20-\x7e]/g, '')
  return `"${printable.replace(/["\\]/g, '\\$&')}"`
}
