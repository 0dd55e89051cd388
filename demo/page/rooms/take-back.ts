/** Room 4: a token is taken back before it expires, and the next request is refused. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { API, API_ENCRYPTED, API_OPAQUE, shop } from '../../names.js'
import { decrypt } from '../decryption.js'
import { form, success } from '../exchange.js'
import { basic, requestBySecret, shopToken } from '../grants/client-secret.js'
import { ERRORS } from '../knowledge/errors.js'
import { emptyHanded, picker } from '../parts/picker.js'
import { reveal } from '../parts/reveal.js'
import { storyView } from '../parts/story-view.js'
import { meOf } from '../routes.js'
import { control } from '../store/controls.js'
import { discover, issuer } from '../store/servers.js'
import { chosenToken, hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import { Story } from '../story.js'
import { formatOf, read } from '../tokens.js'
import { whyRefused } from '../why.js'
import type { Room } from './room.js'

const asking = new Story()
const story = new Story()

const RESOURCES = [
  ['Signed', API],
  ['Encrypted', API_ENCRYPTED],
  ['Opaque', API_OPAQUE],
] as const

function ask(name: string, resource: string) {
  void asking.run(async () => {
    const exchange = await requestBySecret({ resource, scope: 'orders:read' })
    hold(name, shop.id, success<TokenAnswer>(exchange))
  })
}

type Way = (token: string) => Promise<boolean>

/** `way` returns whether it did anything. */
function takeBack(way: Way) {
  const token = chosenToken()?.accessToken
  if (token === undefined) return
  void story.run(async () => {
    if (!(await tryMe(token, 'now'))) return
    if (!(await way(token))) return
    if (await tryMe(token, 'still')) return
    const other = await meOf(await shopToken('orders:read'))
    story.tell({
      title: `GET /me ${other.answer.status < 400 ? 'accepts' : 'refuses'} another token of the same client`,
      note: 'One token was taken back, not the client.',
      exchange: other,
    })
  })
  queueMicrotask(() => reveal('told'))
}

async function tryMe(token: string, when: 'now' | 'still') {
  const exchange = await meOf(token)
  const isAccepted = exchange.answer.status < 400
  const verb = isAccepted ? `${when === 'still' ? 'still ' : ''}accepts` : 'refuses'
  const note = await whyRefused(exchange)
  story.tell({ title: `GET /me ${verb} the token`, ...(note !== '' && { note }), exchange })
  return isAccepted
}

async function atTheServer(token: string) {
  const { revocation_endpoint } = await discover()
  const exchange = await form(revocation_endpoint, { token }, basic(shop.id, shop.secret))
  const isDone = exchange.answer.status < 400
  story.tell({
    title: isDone
      ? 'The shop takes it back at the authorization server'
      : 'The authorization server cannot take it back',
    note: isDone
      ? 'Only the client that got the token may do that. The server answers 200 without a body, also for tokens that it does not know.'
      : `It says why: ${ERRORS['unsupported_token_type'] ?? ''}.`,
    exchange,
  })
  return true
}

async function atTheApi(token: string) {
  const format = formatOf(token)
  const jwt = format === 'encrypted' ? await decrypt(token) : token
  const jti = read(jwt).claims?.['jti']
  if (typeof jti !== 'string') {
    story.tell({
      title: 'There is no ID to store',
      note: 'An opaque token has no claims, and the answer about it has no jti either. Take it back at the authorization server.',
    })
    return false
  }
  await control('revoke', { jti })
  story.tell({
    title: 'The API’s operator stores the ID of the token',
    note: `${format === 'encrypted' ? 'The ID is inside, so the page decrypted the token first. ' : ''}The store forgets it when the token has expired anyway.`,
    code: `revocations.revoke({\n  issuer: '${issuer}',\n  jti: '${jti}',\n  forSeconds: 600,\n})`,
  })
  return true
}

export const takeBackRoom: Room = {
  id: 'take-back',
  title: 'Take a token back',
  short: 'Take back',
  lead: 'A stolen token works for anyone until it expires, unless somebody takes it back. Who can do that depends on the kind of token.',

  view() {
    return html`<div class="halves">
      <section class="card" aria-labelledby="which">
        <h2 id="which">Which token</h2>
        ${chosenToken() ? picker('Token') : emptyHanded()} ${getOne()} ${chosenToken() ? ways() : nothing}
      </section>
      <section class="card" id="told" aria-labelledby="told-title">
        <h2 id="told-title">What happens</h2>
        ${story.steps.length === 0 && story.problem === undefined ? html`<p class="empty">Nothing has happened yet.</p>` : storyView(story)}
      </section>
    </div>`
  },
}

function getOne(): TemplateResult {
  return html`<div role="group" aria-label="Get one">
    <p class="label">Or get one that is</p>
    <p class="buttons">
      ${RESOURCES.map(
        ([name, resource]) =>
          html`<button @click=${() => ask(name, resource)}>${name.toLowerCase()}</button>`,
      )}
    </p>
    ${asking.problem === undefined ? nothing : html`<p class="problem" role="alert">${asking.problem}</p>`}
  </div>`
}

function ways() {
  return html`<h3>At the authorization server</h3>
    <p>
      The client says that it no longer needs the token (RFC 7009). That helps where the API asks this server:
      for opaque tokens.
    </p>
    <p>${button('Revoke it as the shop', atTheServer)}</p>
    <h3>At the API</h3>
    <p>
      The API’s operator stores the ID of the token (<code>jti</code>). The API looks there at each request,
      after it has verified the token.
    </p>
    <p>${button('Store its ID', atTheApi)}</p>`
}

function button(text: string, way: Way) {
  return html`<button class="primary" aria-disabled=${story.isRunning} @click=${() => takeBack(way)}>
    ${text}
  </button>`
}
