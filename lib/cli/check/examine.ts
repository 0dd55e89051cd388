/** Walks from an issuer to its keys, and says what is wrong on the way. */
import { ConfigurationError, resourceServer, UnavailableError } from '../../index.js'
import { isObject, isString, own } from '../../core/base/own.js'
import { hasProblem } from '../finding.js'
import type { Finding } from '../finding.js'
import { daysLeft, readCertificate } from '../net/certificate.js'
import type { Answer, Limits } from '../net/probe.js'
import { wordsAdvice } from '../provider/preset.js'
import { emptyAdvice, givenValues, toServerOptions } from '../server-options.js'
import type { IssuerArguments } from '../server-options.js'
import { discover } from './discovery.js'
import { cachingFinding, clockFinding } from './headers.js'
import { checkKeys } from './keys.js'
import type { KeyFacts } from './keys.js'

export interface Examination {
  readonly findings: readonly Finding[]
  readonly keys: readonly KeyFacts[]
  /** A good answer of the issuer, for its date. */
  readonly answer: Answer | undefined
}

const MAX_BYTES = 256 * 1024
const DAYS_TO_RENEW = 14

export async function examine(args: IssuerArguments): Promise<Examination> {
  const refused = optionsFinding(args)
  if (refused !== undefined) return { findings: [refused], keys: [], answer: undefined }
  const limits: Limits = { timeoutMs: args.timeoutMs, maxBytes: MAX_BYTES }
  const { findings: found, document, jwksUri } = await discover(args, limits)
  const { findings: about, keys, answer: keysAnswer } = await keysAt(jwksUri, limits)
  const answer = keysAnswer ?? document?.answer
  const findings: readonly Finding[] = [
    { step: 'options', outcome: 'good', text: 'resourceServer() accepts them.' },
    ...found,
    ...about,
    ...(keysAnswer === undefined ? [] : [cachingFinding(keysAnswer)]),
    ...(answer === undefined ? [] : [clockFinding(answer), ...(await tlsFindings(answer.url, limits))]),
  ]
  return { findings: [...findings, ...(await verdictOf(args, findings))], keys, answer }
}

async function keysAt(jwksUri: URL | undefined, limits: Limits): Promise<Examination> {
  if (jwksUri === undefined) return { findings: [], keys: [], answer: undefined }
  const { findings, keys, document } = await checkKeys(jwksUri, limits)
  return { findings, keys, answer: document?.answer }
}

/** The application would not start with them. */
function optionsFinding(args: IssuerArguments): Finding | undefined {
  try {
    resourceServer(toServerOptions(args)).close()
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof ConfigurationError)) throw thrown
    const advice = emptyAdvice(givenValues(args)) ?? (args.preset && wordsAdvice(args.preset))
    const found = {
      step: 'options',
      outcome: 'problem' as const,
      code: thrown.code,
      text: `${thrown.detail}.`,
    }
    return advice === undefined ? found : { ...found, advice }
  }
}

/** Trust is not asked here: without it, there would have been no answer. */
async function tlsFindings(url: URL, { timeoutMs }: Limits): Promise<readonly Finding[]> {
  const facts = await readCertificate(url, timeoutMs)
  if (facts === undefined) return []
  const days = daysLeft(facts, Date.now())
  const text = `The certificate of ${url.host} ends in ${String(days)} days.`
  if (days >= DAYS_TO_RENEW) return [{ step: 'TLS', outcome: 'good', text }]
  const advice = 'Renew it in time: once it has expired, keys cannot be fetched any more.'
  return [{ step: 'TLS', outcome: 'warning', code: 'certificate_ends_soon', text, advice }]
}

/** What the package itself says: it decides, not the walk. */
async function verdictOf(args: IssuerArguments, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const step = 'resourceServer'
  const isKnownBad = hasProblem(findings.filter(({ code }) => code !== 'clock_skew'))
  if (isKnownBad) return []
  const server = resourceServer(toServerOptions(args))
  try {
    await server.ready({ timeoutMs: args.timeoutMs * 2 })
    return [{ step, outcome: 'good', text: 'It fetched the keys and is ready for tokens.' }]
  } catch (thrown) {
    if (!(thrown instanceof UnavailableError)) throw thrown
    const cause: unknown = thrown.cause
    const problem = isObject(cause) ? own(cause, 'problem') : undefined
    const code = isString(problem) ? problem : thrown.code
    const text = `It could not fetch the keys: ${code}.`
    return [
      {
        step,
        outcome: 'problem',
        code,
        text,
        advice: 'Run the command again: the issuer may fail at times.',
      },
    ]
  } finally {
    server.close()
  }
}
