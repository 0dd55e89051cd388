/** Why something upstream is unavailable, in words for the debug line of a 503. */
import { option } from '../base/own.js'
import { isA } from '../base/thrown.js'
import { UnavailableError } from '../errors/errors.js'
import type { ResourceServerError } from '../errors/errors.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { UpstreamSource } from '../errors/upstream-error.js'

/** Reasons whose bare name says too little. */
const REASONS: Readonly<Record<string, string>> = {
  refused: 'connection refused',
  reset: 'connection reset',
  certificate: 'certificate not trusted',
  other: 'unknown reason',
}

/** Empty for another error. Holds configured URLs, and nothing of the token or of an answer. */
export function upstreamCause(error: ResourceServerError): string {
  if (!(error instanceof UnavailableError)) return ''
  const source = option(error, 'source')
  const { cause } = error
  const asked = source?.endpoint ?? source?.jwksUri ?? source?.metadataUrl ?? source?.issuer
  const where = asked === undefined ? '' : `${asked}: `
  const why = isA(cause, UpstreamError) ? ` Cause: ${where}${failureOf(cause)}.` : ''
  return source === undefined ? why : `${why} Try: ${commandFor(source)}.`
}

function failureOf({ problem, reason, status, dropped }: UpstreamError): string {
  const facts = [reason === undefined ? undefined : (REASONS[reason] ?? reason), status, listOf(dropped)]
  const words = facts.filter((fact) => fact !== undefined && fact !== problem).join(' ')
  return (words === '' ? problem : `${problem} (${words})`).replaceAll('_', ' ')
}

/** Each reason once, however many keys there are. */
function listOf(dropped: UpstreamError['dropped']): string | undefined {
  return dropped.length === 0 ? undefined : [...new Set(dropped)].join(', ')
}

function commandFor({ issuer, jwksUri, metadataUrl }: UpstreamSource): string {
  const options = [
    `--issuer ${issuer ?? '<issuer>'}`,
    ...(jwksUri === undefined ? [] : [`--jwks-uri ${jwksUri}`]),
    ...(metadataUrl === undefined ? [] : [`--metadata-url ${metadataUrl}`]),
  ]
  return `npx express-resource-server check ${options.join(' ')}`
}
