/** Room 6: a machine delivers an event, with a signed assertion instead of a secret. */
import { html } from 'lit-html'
import { API_FOR_ONE_SECOND, OTHER_API } from '../../names.js'
import { makeKeyPair, register, sendAssertion, signAssertion } from '../grants/client-assertion.js'
import type { Machine } from '../grants/client-assertion.js'
import { success } from '../exchange.js'
import { sequence } from '../parts/sequence.js'
import { storyView } from '../parts/story-view.js'
import { call, routeBy } from '../routes.js'
import type { TokenAnswer } from '../store/wallet.js'
import { Story } from '../story.js'
import { encode, read, secondsLeft } from '../tokens.js'
import { whyRefused } from '../why.js'
import type { Room } from './room.js'

const story = new Story()
/** Number of messages in the diagram that have been sent. */
let reached = 0

const SCOPE = 'events:write'

async function next(step: Parameters<Story['tell']>[0], messages: number) {
  reached += messages
  story.tell(step)
  // Makes the steps slow enough to follow.
  await new Promise((resolve) => setTimeout(resolve, 350))
}

async function deliver() {
  reached = 0
  const pair = await makeKeyPair()
  await next({ title: 'Generate a key pair', code: JSON.stringify(pair.publicJwk, undefined, 2) }, 1)

  const machine = await register(pair)
  const { registration: exchange } = machine
  await next({ title: 'Register the public key with the authorization server', exchange }, 2)

  const assertion = await signAssertion(machine)
  await next({ title: 'Sign a client assertion with the private key', token: assertion }, 1)

  const granted = await sendAssertion(assertion, SCOPE)
  await next({ title: 'Exchange it for an access token', exchange: granted }, 2)
  const { access_token: token } = success<TokenAnswer>(granted)

  await next({ title: 'Call the webhook with it', exchange: await call(routeBy('webhook'), token) }, 2)

  await next({ title: 'See what is refused', note: 'Four tokens and an old assertion:' }, 0)
  await refuse('a tampered token', tamper(token))
  await refuse('a token for another API', await another(machine, SCOPE, OTHER_API))
  await refuse('a token without the scope', await another(machine, 'orders:read'))
  await refuse('an expired token', await expired(machine))
  const replayed = await sendAssertion(assertion, SCOPE)
  const note = 'Its ID (jti) has been used already, and an assertion is valid for one use only.'
  await next({ title: 'Refused: the same assertion again', note, exchange: replayed, isAside: true }, 1)
}

async function refuse(what: string, token: string) {
  const exchange = await call(routeBy('webhook'), token)
  const note = await whyRefused(exchange)
  await next({ title: `Refused: ${what}`, note, exchange, isAside: true }, 1)
}

/** Changes the claims to those of another client, and keeps the signature. */
function tamper(token: string) {
  const [header, , signature] = token.split('.')
  return [header, encode({ ...read(token).claims, sub: 'office', client_id: 'office' }), signature].join('.')
}

async function another(machine: Machine, scope: string, resource?: string) {
  const exchange = await sendAssertion(await signAssertion(machine), scope, resource)
  return success<TokenAnswer>(exchange).access_token
}

async function expired(machine: Machine) {
  const token = await another(machine, SCOPE, API_FOR_ONE_SECOND)
  while ((secondsLeft(token) ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 100))
  return token
}

export const webhook: Room = {
  id: 'webhook',
  title: 'The webhook',
  short: 'Webhook',
  lead: 'A machine reports an event to the API. It has no shared secret that could leak: it registers a public key and signs with the private key. All six steps are real.',

  view() {
    return html`<div class="halves">
      <section class="card" aria-labelledby="sequence">
        <h2 id="sequence">Who talks to whom</h2>
        <p>
          <button class="primary" aria-disabled=${story.isRunning} @click=${() => void story.run(deliver)}>
            Run it
          </button>
        </p>
        ${sequence(reached)}
      </section>
      <section class="card" aria-labelledby="told">
        <h2 id="told">The six steps</h2>
        ${story.steps.length === 0 ? html`<p class="empty">Nothing has happened yet.</p>` : storyView(story)}
      </section>
    </div>`
  },
}
