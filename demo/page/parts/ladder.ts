/** Shows which steps a request passed, which one refused it, and which ones it never reached. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { explain } from '../knowledge/explain.js'
import type { Reason } from '../knowledge/explain.js'
import { REFUSALS, STEPS, WAYS } from '../knowledge/refusals.js'
import type { StepId } from '../knowledge/refusals.js'
import type { Format } from '../tokens.js'
import { codeAndHint } from './reason.js'
import { statusBadge } from './wire.js'

export function ladder(status: number, reason: Reason | undefined, format: Format): TemplateResult {
  if (status >= 300 && !reason) return outcome(status, 'The API refused the request and gave no reason.')
  const refusal = reason && REFUSALS[reason.code]
  const usual = WAYS[format]
  const way = refusal && !usual.includes(refusal.step) ? WAYS.signed : usual
  const stop = refusal ? way.indexOf(refusal.step) : way.length
  return html`${outcome(status, reason ? explain(reason) || 'The API refused the request.' : 'The request passed every step.')}
    ${
      reason
        ? html`<p class="quiet">
            For the operator:
            ${codeAndHint(reason)}${refusal ? html`, <strong>${refusal.rfc}</strong>` : nothing}.
            ${refusal && SECRETIVE.has(refusal.step) ? 'The client is told less, so that it cannot learn by trying.' : nothing}
          </p>`
        : nothing
    }
    <ol class="ladder">
      ${way.map((id, index) => {
        const state = index < stop ? 'passed' : index === stop ? 'refused' : 'unreached'
        return html`<li class=${state}>
          <strong>${STEPS[id].name}</strong> <span class="quiet">${STEPS[id].asks}</span>
          <span class="mark">${WORDS[state]}</span>
        </li>`
      })}
    </ol>`
}

/** For the route in front of the middleware, which does not look at tokens. */
export function openDoor(status: number): TemplateResult {
  return outcome(status, 'This route is public. It comes before the middleware, which never saw the request.')
}

function outcome(status: number, text: string) {
  return html`<p class="outcome">${statusBadge(status)} <span>${text}</span></p>`
}

/** Steps whose refusals all have the same description for the client. */
const SECRETIVE: ReadonlySet<StepId> = new Set([
  'decryption',
  'introspection',
  'format',
  'issuer',
  'key',
  'signature',
])
const WORDS = { passed: 'passed', refused: 'refused here', unreached: 'not reached' }
