/** Lists the members of a header or of claims with their meanings, the most important first. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { valueOf } from '../knowledge/claims.js'
import type { Json } from '../tokens.js'

type Meanings = Readonly<Record<string, string>>

export function membersList(members: Json, meanings: Meanings): TemplateResult {
  return html`<dl class="apart">
    ${inOrder(members, meanings).map(
      ([name, value]) =>
        html`<div>
          <dt><code>${name}</code></dt>
          <dd>
            <strong>${valueOf(name, value)}</strong><br /><span class="quiet">${meanings[name] ?? ''}</span>
          </dd>
        </div>`,
    )}
  </dl>`
}

/** Sorts members by importance, which is the order of `meanings`. Unknown members come last. */
function inOrder(members: Json, meanings: Meanings) {
  const names = Object.keys(meanings)
  const rank = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length)
  return Object.entries(members).toSorted(([one], [other]) => rank(one) - rank(other))
}
