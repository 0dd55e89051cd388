/** What a command found out, one line each, and what to do about it. */

export const OUTCOMES = ['good', 'note', 'warning', 'problem'] as const

export type Outcome = (typeof OUTCOMES)[number]

export interface Finding {
  /** What was looked at, in one or two words. */
  readonly step: string
  readonly outcome: Outcome
  /** Names the problem. Stable, like the codes of errors; absent if all is good. */
  readonly code?: string
  /** One or two sentences. */
  readonly text: string
  /** What to write or change. */
  readonly advice?: string
}

export function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ outcome }) => outcome === 'problem')
}
