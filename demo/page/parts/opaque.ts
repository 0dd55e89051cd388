/** An opaque token, which says nothing by itself, and what the authorization server says about it (RFC 7662). */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { ordersApi } from '../../names.js'
import { form, success } from '../exchange.js'
import { basic } from '../grants/client-secret.js'
import { meOf } from '../routes.js'
import { discover } from '../store/servers.js'
import { storyPerToken } from '../story.js'
import type { Story } from '../story.js'
import type { Json } from '../tokens.js'
import { whyRefused } from '../why.js'
import { storyView } from './story-view.js'

const storyOf = storyPerToken()

async function askInSteps(story: Story, token: string) {
  const { introspection_endpoint } = await discover()
  const asked = await form(introspection_endpoint, { token }, basic(ordersApi.id, ordersApi.secret))
  story.tell({
    title: 'The page asked the authorization server, in the API’s name',
    note: 'The API has a client id and a secret for this. Others get no answer, or they could try tokens until one is active.',
    exchange: asked,
  })
  const answer = success<Json>(asked)
  story.tell({
    title: answer['active'] === true ? 'The token is active' : 'The token is not active',
    note:
      answer['active'] === true
        ? 'The answer has the claims that a JWT would have. The API checks them in the same way.'
        : 'It has expired, was taken back, or never existed. The server does not tell which.',
    claims: answer,
  })
  const exchange = await meOf(token)
  const isAccepted = exchange.answer.status < 400
  story.tell({
    title: `GET /me ${isAccepted ? 'accepts' : 'refuses'} the opaque token`,
    ...(!isAccepted && { note: await whyRefused(exchange) }),
    exchange,
  })
}

export function opaqueView(token: string): TemplateResult {
  const story = storyOf(token)
  return html`<section class="card part payload" aria-labelledby="part-opaque">
    <h2 id="part-opaque">Opaque: nothing to read</h2>
    <p>
      The text is random. Only the authorization server knows what it stands for, so the API asks there. A
      token that is taken back there is refused at once. The price: a call for each token that is new to the
      API, and no answer while the authorization server is down.
    </p>
    <p>
      <button
        class="primary"
        aria-disabled=${story.isRunning}
        @click=${() => void story.run((each) => askInSteps(each, token))}
      >
        Ask as the API does
      </button>
    </p>
    ${story.steps.length === 0 ? nothing : storyView(story)}
  </section>`
}
