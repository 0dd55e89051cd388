/** Room 3: call any route with any token, and break the request. */
import { html, nothing } from 'lit-html'
import { BREAKERS } from '../breakers/all.js'
import type { Breaker } from '../breakers/breaker.js'
import type { Exchange } from '../exchange.js'
import { exchange } from '../exchange.js'
import { shopToken } from '../grants/client-secret.js'
import { ID_TOKEN } from '../knowledge/claims.js'
import type { Reason } from '../knowledge/explain.js'
import { challenge } from '../parts/challenge.js'
import { curlLine } from '../parts/curl.js'
import { ladder, openDoor } from '../parts/ladder.js'
import { emptyHanded, picker } from '../parts/picker.js'
import { reveal } from '../parts/reveal.js'
import { wire } from '../parts/wire.js'
import type { Call } from '../routes.js'
import { callOf, formatSent, routeBy, ROUTES } from '../routes.js'
import { chosenToken } from '../store/wallet.js'
import { secondsLeft } from '../tokens.js'
import { update } from '../update.js'
import { reasonOf } from '../why.js'
import type { Room } from './room.js'

interface Result {
  readonly title: string
  readonly how: string
  readonly call: Call
  readonly isOpen: boolean
  readonly exchange: Exchange
  readonly reason: Reason | undefined
}

let routeId = 'read'
let tokenKind: 'accessToken' | 'idToken' | 'none' = 'accessToken'
let result: Result | undefined
let problem: string | undefined
let isBusy = false

async function perform(title: string, prepare: () => Promise<{ call: Call; how: string }>) {
  if (isBusy) return
  isBusy = true
  problem = undefined
  update()
  try {
    const isOpen = routeId === 'public'
    const { call, how } = await prepare()
    const { url, ...options } = call
    const answered = await exchange(url, options)
    result = { title, how, call, isOpen, exchange: answered, reason: await reasonOf(answered) }
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  } finally {
    isBusy = false
    update()
    // Runs after the redraw, which is earlier in the same queue.
    queueMicrotask(() => reveal(problem === undefined ? 'result' : 'problem'))
  }
}

function send() {
  const held = chosenToken()
  const token = tokenKind === 'none' ? undefined : held?.[tokenKind]
  const how = tokenKind === 'idToken' ? ID_TOKEN : ''
  void perform('The unchanged request', async () => ({ call: callOf(routeBy(routeId), token), how }))
}

function sendBroken(breaker: Breaker) {
  void perform(breaker.name, async () => breaker.apply(routeBy(routeId), await wholeToken()))
}

/** Breakers need a valid token: an expired one would be refused for its expiry. */
async function wholeToken() {
  const token = chosenToken()?.accessToken ?? ''
  return (secondsLeft(token) ?? 0) > 0 ? token : shopToken('orders:read')
}

export const callApi: Room = {
  id: 'call',
  title: 'Call the API',
  lead: 'Send a correct request, then break it in the ways of attackers and common mistakes. The client learns little, but you see which step refused it.',

  view() {
    return html`${chosenToken() ? controls() : html`<section class="card" aria-label="A request">${emptyHanded()}</section>`}
      ${problem === undefined ? nothing : html`<p id="problem" class="problem" role="alert">${problem}</p>`}
      <div class="results" aria-live="polite">${result ? resultView(result) : nothing}</div>`
  },
}

function controls() {
  return html`<div class="halves">
    <section class="card" aria-labelledby="send">
      <h2 id="send">A request</h2>
      <label class="choice"
        >Route
        <select @change=${(event: Event) => (routeId = (event.target as HTMLSelectElement).value)}>
          ${ROUTES.map(
            ({ id, method, path, needs }) =>
              html`<option value=${id} ?selected=${id === routeId}>${method} ${path} · ${needs}</option>`,
          )}
        </select>
      </label>
      ${picker('Token')}
      <fieldset>
        <legend>Send</legend>
        ${(['accessToken', 'idToken', 'none'] as const).map(kindChoice)}
      </fieldset>
      <p><button class="primary" aria-disabled=${isBusy} @click=${send}>Send</button></p>
    </section>
    <section class="card" aria-labelledby="break">
      <h2 id="break">Break it</h2>
      <p>
        Each button uses the chosen route and token. If that token is expired, encrypted or opaque, the page
        gets a new one.
      </p>
      <p class="buttons">
        ${BREAKERS.map(
          (breaker) =>
            html`<button
              data-breaker=${breaker.id}
              aria-disabled=${isBusy}
              @click=${() => sendBroken(breaker)}
            >
              ${breaker.name}
            </button>`,
        )}
      </p>
    </section>
  </div>`
}

const KINDS = { accessToken: 'the access token', idToken: 'the ID token', none: 'no token' }

function kindChoice(kind: keyof typeof KINDS) {
  if (kind === 'idToken' && chosenToken()?.idToken === undefined) return nothing
  return html`<label class="check"
    ><input type="radio" name="kind" .checked=${kind === tokenKind} @change=${() => (tokenKind = kind)} />
    ${KINDS[kind]}</label
  >`
}

function resultView({ title, how, call, isOpen, exchange: answered, reason }: Result) {
  const { status, headers } = answered.answer
  return html`<section class="card" aria-labelledby="result">
      <h2 id="result">${title}</h2>
      ${how === '' ? nothing : html`<p>${how}</p>`}
      ${isOpen ? openDoor(status) : ladder(status, reason, formatSent(call))}
    </section>
    <section class="card" aria-label="On the wire">
      <h2>On the wire</h2>
      ${wire(answered)}
      <details>
        <summary>As a curl command</summary>
        <pre>${curlLine(call)}</pre>
      </details>
    </section>
    ${
      status === 401 || status === 403
        ? html`<section class="card" aria-labelledby="apart">
            <h2 id="apart">The parts of WWW-Authenticate</h2>
            ${challenge(headers['www-authenticate'])}
          </section>`
        : nothing
    }`
}
