/** Compares the issuer in the metadata with the given one. RFC 8414 §3.3. */
import { isString } from '../../core/base/own.js'
import type { Finding } from '../finding.js'
import { compareWords } from '../provider/preset.js'
import type { IssuerArguments } from '../server-options.js'

const STEP = 'metadata'
const MAX_LENGTH = 500

export function issuerFinding(named: unknown, { issuer, preset }: IssuerArguments): Finding {
  if (named === issuer) return { step: STEP, outcome: 'good', text: `It names the issuer ${issuer}.` }
  if (!isString(named) || named.length > MAX_LENGTH) {
    const text = 'The metadata does not name its issuer.'
    const advice =
      'Compare --issuer with the "issuer" that your provider shows. Or write issuer: { issuer, jwksUri }.'
    return { step: STEP, outcome: 'problem', code: 'issuer_mismatch', text, advice }
  }
  return {
    step: STEP,
    outcome: 'problem',
    code: 'issuer_mismatch',
    text: `The metadata names another issuer: ${printable(named)}${difference(named, issuer)}`,
    advice: preset === undefined ? adviceFor(named) : compareWords(preset),
  }
}

function adviceFor(named: string): string {
  if (named.includes('{tenant'))
    return 'Write the id of your tenant in place of common, organizations or {tenantid}.'
  return `If that is your issuer, write issuer: '${printable(named)}'. Tokens have it in "iss".`
}

function difference(named: string, issuer: string): string {
  if (named === `${issuer}/` || `${named}/` === issuer) return '. Only the final slash differs.'
  if (named.toLowerCase() === issuer.toLowerCase()) return '. Only upper and lower case differ.'
  if (named.replace(/^http:/, 'https:') === issuer.replace(/^http:/, 'https:'))
    return '. One is http:, the other https:. The authorization server does not know its public address.'
  return '.'
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?')
}
