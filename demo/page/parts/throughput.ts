/** Shows requests per second with and without the token cache. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { control } from '../store/controls.js'
import { update } from '../update.js'

interface Throughput {
  readonly bare: number
  readonly cached: number
  readonly uncached: number
}

let measured: Throughput | undefined
let isMeasuring = false
let problem: string | undefined

async function measure() {
  if (isMeasuring) return
  isMeasuring = true
  problem = undefined
  update()
  try {
    measured = await control<Throughput>('throughput', { seconds: 1 })
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  } finally {
    isMeasuring = false
    update()
  }
}

export function throughputView(): TemplateResult {
  return html`<p>
      Most clients send the same token many times. The cache saves the verification of its signature and
      nothing else: time, audience and trust in the key are checked at each request.
    </p>
    <p>
      <button id="measure" aria-disabled=${isMeasuring} @click=${() => void measure()}>
        ${isMeasuring ? 'Measuring …' : 'Measure'}
      </button>
    </p>
    ${problem === undefined ? nothing : html`<p class="problem" role="alert">${problem}</p>`}
    ${measured ? bars(measured) : nothing}`
}

function bars({ bare, cached, uncached }: Throughput) {
  const rows = [
    ['Express only', bare],
    ['with the middleware', cached],
    ['without the token cache', uncached],
  ] as const
  const most = Math.max(bare, cached, uncached)
  return html`<dl class="bars">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>
              <meter aria-label=${name} max=${most} value=${value}></meter>
              <span>${value.toLocaleString('en')} per second</span>
            </dd>
          </div>`,
      )}
    </dl>
    <p class="quiet">
      One server process, ES256 tokens, HTTP on your own machine. Differences of a few percent are noise.
    </p>`
}
