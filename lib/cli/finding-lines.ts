/** Findings as lines of text that can be pasted into an issue. */
import type { Finding, Outcome } from './finding.js'
import type { Format, Paint } from './paint.js'
import { printable, shortened } from './printable.js'

const LABELS: Readonly<Record<Outcome, string>> = {
  good: 'good',
  note: 'note',
  warning: 'warning',
  problem: 'PROBLEM',
}

const FORMATS: Readonly<Record<Outcome, Format>> = {
  good: 'green',
  note: 'dim',
  warning: 'yellow',
  problem: 'red',
}

const LABEL_WIDTH = 8

export function findingLines(findings: readonly Finding[], paint: Paint): readonly string[] {
  const width = Math.max(...findings.map(({ step }) => step.length))
  return findings.flatMap((finding) => lines(finding, width, paint))
}

function lines(
  { step, outcome, code, text: full, advice }: Finding,
  width: number,
  paint: Paint,
): readonly string[] {
  const text = printable(shortened(full))
  const label = paint(FORMATS[outcome], LABELS[outcome].padEnd(LABEL_WIDTH))
  const first = `${label} ${step.padEnd(width)}  ${text}${code === undefined || outcome === 'note' ? '' : ` [${code}]`}`
  return advice === undefined
    ? [first]
    : [first, `${' '.repeat(LABEL_WIDTH + width + 3)}-> ${printable(shortened(advice))}`]
}
