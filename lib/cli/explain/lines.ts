/** An explanation as lines of text that can be pasted into an issue. Holds nothing of the token. */
import { findingLines } from '../finding-lines.js'
import type { Format, Paint } from '../paint.js'
import { printable, shortened } from '../printable.js'
import type { Explanation, Refusal } from './explanation.js'
import { STEPS } from './steps.js'
import type { StepResult } from './steps.js'

const LABELS: Readonly<Record<StepResult['outcome'], readonly [text: string, format: Format]>> = {
  passed: ['passed', 'green'],
  refused: ['REFUSED', 'red'],
  unknown: ['-', 'dim'],
}

const LABEL_WIDTH = 8
const STEP_WIDTH = Math.max(...STEPS.map((step) => step.length))

export function explanationLines(explanation: Explanation, paint: Paint): readonly string[] {
  const { steps, refusal, further, issuer, isAccepted } = explanation
  return [
    ...steps.map((step) => stepLine(step, paint)),
    '',
    ...(isAccepted ? [paint('green', 'Accepted.')] : []),
    ...(refusal === undefined ? [] : refusalLines(refusal, paint)),
    ...(issuer.length === 0 ? [] : ['', 'About the issuer:', ...findingLines(issuer, paint)]),
    ...further.flatMap((each) => ['', ...furtherLines(each, paint)]),
  ]
}

function stepLine({ step, outcome, text }: StepResult, paint: Paint): string {
  const [label, format] = LABELS[outcome]
  return `${paint(format, label.padEnd(LABEL_WIDTH))} ${step.padEnd(STEP_WIDTH)}  ${paint('dim', text)}`
}

function refusalLines(refusal: Refusal, paint: Paint): readonly string[] {
  return [
    paint('red', titleOf(refusal)),
    isConfiguration(refusal) ? `${printable(shortened(refusal.detail))}.` : refusal.why,
    ...expectedLines(refusal),
    ...(refusal.probably === undefined ? [] : [`Probably: ${refusal.probably}`]),
    '',
    paint('bold', 'What to do:'),
    ...adviceOf(refusal).map((line) => `-> ${printable(shortened(line))}`),
    `-> ${refusal.docs}`,
  ]
}

function furtherLines(refusal: Refusal, paint: Paint): readonly string[] {
  return [
    paint('yellow', `Once that is right, it is refused again: ${nameOf(refusal)}`),
    refusal.why,
    ...expectedLines(refusal),
    ...adviceOf(refusal).map((line) => `-> ${printable(shortened(line))}`),
  ]
}

function titleOf(refusal: Refusal): string {
  return isConfiguration(refusal)
    ? `resourceServer() does not accept the options: ${refusal.code}`
    : `Refused: ${nameOf(refusal)}`
}

/** Its detail names the option, and says what to write. */
function isConfiguration({ code }: Refusal): boolean {
  return code === 'ERR_CONFIGURATION'
}

/** The most specific first. */
function adviceOf(refusal: Refusal): readonly string[] {
  const { advice, hintWhatToDo, whatToDo } = refusal
  const isReference = isConfiguration(refusal) || (whatToDo === 'See the hint.' && hintWhatToDo !== undefined)
  return [...advice, hintWhatToDo ?? '', isReference ? '' : whatToDo].filter((line) => line !== '')
}

function nameOf({ status, code, hint }: Refusal): string {
  return `${String(status)} ${code}${hint === undefined ? '' : ` (${hint})`}`
}

function expectedLines({ expected }: Refusal): readonly string[] {
  return expected.length === 0
    ? []
    : [`Expected: ${expected.map((each) => `"${printable(shortened(each))}"`).join(', ')}`]
}
