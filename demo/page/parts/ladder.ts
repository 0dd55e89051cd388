/** The steps of a request through the resource server: those it passed, the one that refused it, those never reached. */
import type { ErrorCode } from 'express-resource-server'
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { REFUSALS, STEP_IDS, STEPS } from '../knowledge/refusals.js'
import type { StepId } from '../knowledge/refusals.js'
import { statusBadge } from './wire.js'

export function ladder(status: number, code: string | undefined): TemplateResult {
  const refusal = REFUSALS[code as ErrorCode]
  if (status >= 300 && !refusal) return outcome(status, 'It was refused, and the API did not say why.')
  const stop = refusal ? STEP_IDS.indexOf(refusal.step) : STEP_IDS.length
  return html`${outcome(status, refusal?.means ?? 'It passed every step.')}
    ${
      code === undefined
        ? nothing
        : html`<p class="quiet">
            For the operator:
            <code>${code}</code>${refusal ? html`, <strong>${refusal.rfc}</strong>` : nothing}.
            ${refusal && SECRETIVE.has(refusal.step) ? 'The client is told less: it could learn by trying.' : nothing}
          </p>`
    }
    <ol class="ladder">
      ${STEP_IDS.map((id, index) => {
        const state = index < stop ? 'passed' : index === stop ? 'refused' : 'unreached'
        return html`<li class=${state}>
          <strong>${STEPS[id].name}</strong> <span class="quiet">${STEPS[id].asks}</span>
          <span class="mark">${WORDS[state]}</span>
        </li>`
      })}
    </ol>`
}

/** A route in front of the middleware: nobody looks at the token. */
export function openDoor(status: number): TemplateResult {
  return outcome(
    status,
    'This route is open to all: it stands in front of the middleware, which saw nothing of this.',
  )
}

function outcome(status: number, text: string) {
  return html`<p class="outcome">${statusBadge(status)} <span>${text}</span></p>`
}

/** Up to the signature every refusal reads the same to the client. */
const SECRETIVE: ReadonlySet<StepId> = new Set(['format', 'issuer', 'key', 'signature'])
const WORDS = { passed: 'passed', refused: 'refused here', unreached: 'not reached' }
