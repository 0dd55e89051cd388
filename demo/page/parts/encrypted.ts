/** The visible parts of an encrypted token (JWE, RFC 7516), and how the API responds to it. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Exchange } from '../exchange.js'
import { explain } from '../knowledge/explain.js'
import type { Reason } from '../knowledge/explain.js'
import { call, routeBy } from '../routes.js'
import { read } from '../tokens.js'
import { update } from '../update.js'
import { reasonOf } from '../why.js'
import { codeAndHint } from './reason.js'
import { wire } from './wire.js'

const PARTS = [
  ['header', 'readable, but protected against changes'],
  ['encrypted key', 'the content key, readable only with the API’s private key'],
  ['initialization vector', 'random, so that equal tokens look different'],
  ['ciphertext', 'a complete signed token, unreadable'],
  ['authentication tag', 'reveals any change'],
] as const

interface Tried {
  readonly exchange: Exchange
  readonly reason: Reason | undefined
}

const tried = new Map<string, Tried>()

async function tryIt(token: string) {
  const exchange = await call(routeBy('me'), token)
  tried.set(token, { exchange, reason: await reasonOf(exchange) })
  update()
}

export function encryptedView(token: string): TemplateResult {
  const { parts } = read(token)
  const result = tried.get(token)
  return html`<section class="card part payload wide" aria-labelledby="part-encrypted">
    <h2 id="part-encrypted">Encrypted: five parts, only one readable</h2>
    <p>
      Encryption hides the claims from the client that carries the token. The price: the API needs its own
      private key.
    </p>
    <dl class="apart">
      ${PARTS.map(
        ([name, meaning], index) =>
          html`<div>
            <dt><code>${name}</code></dt>
            <dd>
              <strong>${parts[index]?.length ?? 0} characters</strong><br /><span class="quiet"
                >${meaning}</span
              >
            </dd>
          </div>`,
      )}
    </dl>
    <p>This API has no such key and accepts signed tokens only.</p>
    <p><button @click=${() => void tryIt(token)}>Try it with GET /me</button></p>
    ${
      result
        ? html`<p class="verdict bad">
              Refused${result.reason ? html`: ${codeAndHint(result.reason)}` : nothing}
            </p>
            ${result.reason ? html`<p>${explain(result.reason)}</p>` : nothing} ${wire(result.exchange)}`
        : nothing
    }
  </section>`
}
