/** The steps of a request through the resource server: those it passed, the one that refused it, those never reached. */
import type { ErrorCode } from 'express-resource-server'
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { REFUSALS, STEP_IDS, STEPS } from '../knowledge/refusals.js'
import { statusBadge } from './wire.js'

export function ladder(status: number, code: string | undefined): TemplateResult {
  const refusal = REFUSALS[code as ErrorCode]
  const stop = refusal ? STEP_IDS.indexOf(refusal.step) : STEP_IDS.length
  return html`<p class="outcome">
      ${statusBadge(status)}
      ${status < 300 ? 'It passed every step.' : html`<span>${refusal?.means ?? 'It was refused.'}</span>`}
    </p>
    ${
      code === undefined
        ? nothing
        : html`<p class="quiet">
            For the operator:
            <code>${code}</code>${refusal ? html`, <strong>${refusal.rfc}</strong>` : nothing}. The client is
            told less: it could learn by trying.
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

const WORDS = { passed: 'passed', refused: 'refused here', unreached: 'not reached' }
