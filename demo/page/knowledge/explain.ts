/** Explains the code and the hint of a refusal in words. */
import type { RefusedEvent } from 'express-resource-server'
import { HINTS } from './hints.js'
import { REFUSALS } from './refusals.js'

export type Reason = Pick<RefusedEvent, 'code' | 'hint'>

/** Returns an empty text if both code and hint are unknown here. */
export function explain({ code, hint }: Reason): string {
  return [REFUSALS[code]?.means, hint && HINTS[hint]].filter(Boolean).join(' ')
}
