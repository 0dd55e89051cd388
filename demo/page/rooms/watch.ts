/** Room 5: the resource server at work, while its keys are rotated, slow or unavailable. */
import { html, nothing } from 'lit-html'
import { shopToken } from '../grants/client-secret.js'
import { eventList } from '../parts/events.js'
import { keySource } from '../parts/key-source.js'
import { throughputView } from '../parts/throughput.js'
import { statusBadge } from '../parts/wire.js'
import { call, routeBy } from '../routes.js'
import { control } from '../store/controls.js'
import type { KeyEndpointMode } from '../store/controls.js'
import { live } from '../store/live.js'
import { read, secondsLeft } from '../tokens.js'
import { update } from '../update.js'
import { whyRefused } from '../why.js'
import type { Room } from './room.js'

interface Tried {
  readonly title: string
  readonly status: number
  readonly kid: string
  readonly milliseconds: number
  /** Empty if the request was accepted. */
  readonly why: string
}

const SHOWN = 6

let known: string | undefined
let tried: readonly Tried[] = []
let problem: string | undefined

async function attempt(run: () => Promise<unknown>) {
  problem = undefined
  try {
    await run()
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  }
  update()
}

async function tryToken(title: string, token: string) {
  const start = performance.now()
  const exchange = await call(routeBy('me'), token)
  const milliseconds = Math.round(performance.now() - start)
  const kid = String(read(token).header['kid'])
  const { status } = exchange.answer
  tried = [{ title, status, kid, milliseconds, why: await whyRefused(exchange) }, ...tried]
  return status < 400
}

async function callWithKnown() {
  if (known === undefined || (secondsLeft(known) ?? 0) <= 0) known = await shopToken('orders:read')
  await tryToken('Known token', known)
}

async function callWithNew() {
  const token = await shopToken('orders:read')
  if (await tryToken('New token', token)) known ??= token
}

export const watch: Room = {
  id: 'watch',
  title: 'Watch the resource server',
  short: 'Watch',
  lead: 'It fetches the issuer’s keys, caches them, and refreshes them in the background. Take the key endpoint down and see what callers notice.',

  view() {
    return html`<div class="halves">
        <section class="card" aria-labelledby="trouble">
          <h2 id="trouble">Cause trouble</h2>
          ${switches()}
          <h3>Then call GET /me</h3>
          <p class="buttons">
            <button id="call-known" @click=${() => void attempt(callWithKnown)}>with a known token</button>
            <button id="call-new" @click=${() => void attempt(callWithNew)}>with a new token</button>
          </p>
          ${problem === undefined ? nothing : html`<p class="problem" role="alert">${problem}</p>`}
          ${triedView()}
        </section>
        <section class="card" aria-labelledby="keys">
          <h2 id="keys">The keys, as reported by <code>health()</code></h2>
          ${keySource(live.health)}
        </section>
      </div>
      <section class="card" aria-labelledby="events">
        <h2 id="events">Live events</h2>
        <p>
          From the diagnostics channels. Events contain no token, no user and no key, so they are safe to log.
        </p>
        ${eventList(live)}
      </section>
      <section class="card" aria-labelledby="speed">
        <h2 id="speed">Speed</h2>
        ${throughputView()}
      </section>`
  },
}

function switches() {
  const mode = live.health?.keyEndpoint ?? 'up'
  return html`<p>
      The authorization server publishes its keys at <code>/jwks</code>. That endpoint is
      <strong data-testid="mode">${mode}</strong>.
    </p>
    <p class="buttons" role="group" aria-label="The key endpoint">
      ${(['up', 'slow', 'down'] as const).map((each) => modeButton(each, mode))}
    </p>
    <p class="buttons">
      <button id="rotate" @click=${() => void attempt(() => control('rotate'))}>
        Rotate the issuer’s keys
      </button>
    </p>
    <p class="quiet" role="status">${rotationsInWords(live.health?.keyRotations)}</p>`
}

/** The server counts: a new tab must know about rotations from other tabs. */
function rotationsInWords(rotations: number | undefined) {
  if (rotations === undefined) return 'Waiting for the first report …'
  if (rotations === 0) return 'The authorization server still signs with the keys that it started with.'
  const times = rotations === 1 ? 'once' : `${rotations} times`
  return `The authorization server has rotated its keys ${times} since it started. The API fetches new keys when it receives the first token signed with one, at most once every five seconds.`
}

const MODES: Readonly<Record<KeyEndpointMode, string>> = {
  up: 'Bring it up',
  slow: 'Make it slow',
  down: 'Take it down',
}

function modeButton(mode: KeyEndpointMode, current: KeyEndpointMode) {
  return html`<button
    aria-pressed=${mode === current}
    @click=${() => void attempt(() => control('key-endpoint', { mode }))}
  >
    ${MODES[mode]}
  </button>`
}

function triedView() {
  return html`<ul class="tried" aria-live="polite" data-count=${tried.length}>
    ${tried
      .slice(0, SHOWN)
      .map(
        ({ title, status, kid, milliseconds, why }) =>
          html`<li>
            ${statusBadge(status)} ${title}, <code>${kid}</code>, ${milliseconds} ms
            ${why === '' ? nothing : html`<br /><span class="quiet">${why}</span>`}
          </li>`,
      )}
  </ul>`
}
