/** Shows a story as a numbered list that grows as steps happen. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Step, Story } from '../story.js'
import { read } from '../tokens.js'
import { CLAIMS } from '../knowledge/claims.js'
import { colored, withColoredTokens } from './jwt.js'
import { membersList } from './members.js'
import { statusBadge, wire } from './wire.js'

export function storyView({ steps, problem, isRunning }: Story): TemplateResult {
  return html`<ol class="story" aria-live="polite">
      ${steps.map((step) => html`<li class=${step.isAside ? 'aside' : ''}>${stepView(step)}</li>`)}
    </ol>
    ${isRunning && steps.length > 0 && !steps.some(({ proceed }) => proceed) ? html`<p class="quiet waiting">Waiting …</p>` : nothing}
    ${problem === undefined ? nothing : html`<p class="problem" role="alert">${problem}</p>`}`
}

function stepView({ title, note, exchange, token, claims, link, code, proceed }: Step) {
  return html`<h4>${title} ${exchange ? statusBadge(exchange.answer.status) : nothing}</h4>
    ${note === undefined ? nothing : html`<p>${note}</p>`}
    ${link ? html`<p><a class="button" href=${link.url} target="_blank" rel="noopener">${link.text}</a></p>` : nothing}
    ${code === undefined ? nothing : html`<pre>${withColoredTokens(code)}</pre>`}
    ${token === undefined ? nothing : tokenView(token)}
    ${claims === undefined ? nothing : membersList(claims, CLAIMS)}
    ${
      exchange
        ? html`<details>
            <summary>Request and response</summary>
            ${wire(exchange)}
          </details>`
        : nothing
    }
    ${proceed ? html`<p><button class="primary" @click=${proceed.go}>${proceed.text}</button></p>` : nothing}`
}

function tokenView(token: string) {
  return html`<pre>${colored(token)}</pre>
    <pre>${JSON.stringify(read(token).claims, undefined, 2)}</pre>`
}
