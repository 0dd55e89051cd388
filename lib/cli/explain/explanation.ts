/** From a token and the options to why it is refused, and what to change. */
import type { ErrorCode, Hint, ResourceServerError } from '../../index.js'
import { skewSeconds, isSkewed, skewText } from '../check/headers.js'
import { examine } from '../check/examine.js'
import { DOCS } from '../docs-folder.js'
import type { Finding } from '../finding.js'
import type { Answer } from '../net/probe.js'
import type { IssuerArguments } from '../server-options.js'
import type { TokenInput } from '../unwrap.js'
import { adviceFor, whereToSee, wrappingAdvice } from './advice.js'
import type { Given } from './advice.js'
import { completeAdvice } from './complete-advice.js'
import type { Looked } from './complete-advice.js'
import type { ErrorPage } from './error-page.js'
import { furtherRefusals, judge } from './pipeline.js'
import type { Settings } from './settings.js'
import { stepOf, stepResults } from './steps.js'
import type { Step, StepResult } from './steps.js'

export interface Refusal {
  readonly step: Step | undefined
  readonly status: number
  readonly code: ErrorCode
  readonly hint: Hint | undefined
  /** One sentence of the error. */
  readonly detail: string
  /** The configured values, none of which matched. */
  readonly expected: readonly string[]
  /** From docs/errors.md. */
  readonly why: string
  readonly whatToDo: string
  /** About the hint, from docs/errors.md. */
  readonly probably: string | undefined
  readonly hintWhatToDo: string | undefined
  readonly advice: readonly string[]
  /** How to see the value that did not match, where only the token has it. */
  readonly see: string | undefined
  readonly docs: string
}

export interface Explanation {
  readonly isAccepted: boolean
  readonly steps: readonly StepResult[]
  readonly refusal: Refusal | undefined
  /** What would refuse the token next, if the first refusal were put right. */
  readonly further: readonly Refusal[]
  /** What is wrong with the issuer, where that may be the cause. */
  readonly issuer: readonly Finding[]
}

export interface ExplainInput {
  readonly input: TokenInput
  readonly issuer: IssuerArguments
  readonly settings: Settings
  readonly page: ErrorPage
}

const ABOUT_ISSUER: ReadonlySet<Step | undefined> = new Set<Step | undefined>(['issuer', 'keys'])
const ABOUT_TIME: ReadonlySet<Step | undefined> = new Set<Step | undefined>(['expiry', 'not before'])

export async function explainToken({ input, issuer, settings, page }: ExplainInput): Promise<Explanation> {
  const { given, token, wrappings } = input
  const error = await judge(given, settings)
  if (error === undefined)
    return {
      isAccepted: true,
      steps: stepResults(undefined, false),
      refusal: undefined,
      further: [],
      issuer: [],
    }
  const about: Given = { token, args: issuer, settings }
  const next = given === token ? undefined : await judge(token, settings)
  const rest = next === undefined ? [] : [next]
  const last = next ?? error
  const { after, isOtherIssuer } = await furtherRefusals(last, token, settings)
  const errors = [...rest, ...after]
  const findings = await issuerFindings([last, ...after], issuer)
  const knowledge = { page, clocksAgree: findings.some(isGoodClock), isOtherIssuer }
  const refusal = toRefusal(error, about, knowledge)
  // What begins with a brace looks like a template that was not filled, but is understood here.
  const guess = wrappings.some((each) => each === 'json' || each === 'json_error')
    ? { hint: undefined, probably: undefined, hintWhatToDo: undefined }
    : {}
  return {
    isAccepted: false,
    steps: given === token ? stepResults(error, false) : stepResults(next, true),
    refusal: { ...refusal, ...guess, advice: [...wrappingAdvice(wrappings), ...refusal.advice] },
    further: errors.map((each) => toRefusal(each, about, knowledge)),
    issuer: findings,
  }
}

interface Knowledge extends Looked {
  readonly page: ErrorPage
}

function toRefusal(error: ResourceServerError, given: Given, knowledge: Knowledge): Refusal {
  const { page, clocksAgree } = knowledge
  const { status, code, detail, expected = [] } = error
  const hint = error.hint === 'clock_skew' && clocksAgree ? undefined : error.hint
  const complete = completeAdvice(error, given, knowledge)
  const { why = detail, whatToDo = '' } = page.code(code) ?? {}
  const aboutHint = hint && page.hint(hint)
  const general =
    complete === undefined
      ? { whatToDo, hintWhatToDo: aboutHint?.whatToDo }
      : { whatToDo: '', hintWhatToDo: undefined }
  return {
    step: stepOf(error),
    status,
    code,
    hint,
    detail,
    expected,
    why,
    ...general,
    probably: aboutHint?.why,
    advice: complete ?? adviceFor(error, given),
    see: whereToSee(error, given),
    docs: `${DOCS}/errors.md#${code.toLowerCase()}`,
  }
}

/** Looks at the issuer once, if one of the refusals is about it or about time. */
async function issuerFindings(
  errors: readonly ResourceServerError[],
  issuer: IssuerArguments,
): Promise<readonly Finding[]> {
  const aboutIssuer = errors.find((error) => ABOUT_ISSUER.has(stepOf(error)))
  const isAboutTime = errors.some((error) => ABOUT_TIME.has(stepOf(error)))
  if (aboutIssuer === undefined && !isAboutTime) return []
  const { findings, keys, answer } = await examine(issuer)
  const wrong = findings.filter(({ outcome }) => outcome === 'problem' || outcome === 'warning')
  return [
    ...(aboutIssuer === undefined ? [] : wrong.filter(({ step }) => !(isAboutTime && step === 'clock'))),
    ...(aboutIssuer?.code === 'ERR_KEY_UNKNOWN' ? [publishedKeys(keys.flatMap(({ kid }) => kid ?? []))] : []),
    ...(isAboutTime ? clockFindings(answer) : []),
  ]
}

function isGoodClock({ step, outcome }: Finding): boolean {
  return step === 'clock' && outcome === 'good'
}

function publishedKeys(kids: readonly string[]): Finding {
  const text = `The issuer publishes: ${kids.length === 0 ? 'no key with a kid' : kids.join(', ')}. The token names another key, or an algorithm that none of them fits.`
  const advice = 'Get a new token: this one is from another environment, or older than a change of keys.'
  return { step: 'keys', outcome: 'note', text, advice }
}

function clockFindings(answer: Answer | undefined): readonly Finding[] {
  const skew = answer && skewSeconds(answer)
  if (skew === undefined) return []
  if (!isSkewed(skew)) return [{ step: 'clock', outcome: 'good', text: skewText(skew) }]
  const advice = 'That is the cause if new tokens are refused: synchronize both clocks (NTP).'
  return [{ step: 'clock', outcome: 'problem', code: 'clock_skew', text: skewText(skew), advice }]
}
