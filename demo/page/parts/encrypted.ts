/** What is visible of an encrypted token (JWE, RFC 7516), and what the API says to it. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Exchange } from '../exchange.js'
import { call, routeBy } from '../routes.js'
import { refusalOf } from '../store/live.js'
import { read } from '../tokens.js'
import { update } from '../update.js'
import { wire } from './wire.js'

const PARTS = [
  ['header', 'readable, and protected against changes'],
  ['encrypted key', 'the key of the content, for the API’s private key alone'],
  ['initialization vector', 'random, so that equal tokens look different'],
  ['ciphertext', 'a whole signed token is in here, unreadable'],
  ['authentication tag', 'shows any change'],
] as const

interface Tried {
  readonly exchange: Exchange
  readonly code: string
}

const tried = new Map<string, Tried>()

async function tryIt(token: string) {
  const exchange = await call(routeBy('me'), token)
  const refusal = await refusalOf(exchange.answer.headers['x-request-id'])
  tried.set(token, { exchange, code: refusal?.code ?? 'refused' })
  update()
}

export function encryptedView(token: string): TemplateResult {
  const { parts } = read(token)
  const result = tried.get(token)
  return html`<section class="card part payload wide" aria-labelledby="part-encrypted">
    <h2 id="part-encrypted">Five parts, one of them readable</h2>
    <p>
      For tokens that must hide what they say from the client that carries them. The price: the API needs a
      private key of its own.
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
    <p>This API has no such key, and takes signed tokens only.</p>
    <p><button @click=${() => void tryIt(token)}>Try it on GET /me</button></p>
    ${
      result
        ? html`<p class="verdict bad">Refused: <code>${result.code}</code></p>
            ${wire(result.exchange)}`
        : nothing
    }
  </section>`
}
