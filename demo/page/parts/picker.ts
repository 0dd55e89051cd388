/** Selects one of the obtained tokens. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { allHeld, choose, chosenToken } from '../store/wallet.js'
import type { Held } from '../store/wallet.js'
import { inWords, read, secondsLeft } from '../tokens.js'

export function picker(label: string): TemplateResult {
  const chosen = chosenToken()
  const left = chosen && timeLeft(chosen)
  return html`<label class="choice"
      >${label}
      <select
        aria-describedby="time-left"
        @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}
      >
        ${allHeld()
          .toReversed()
          .map(
            (held) => html`<option value=${held.id} .selected=${held === chosen}>${describe(held)}</option>`,
          )}
      </select></label
    >
    <p id="time-left" class="quiet below">${left}</p>`
}

function describe(held: Held): string {
  const alg = String(read(held.accessToken).header['alg'])
  return [held.name, ...(held.name.includes(alg) ? [] : [alg])].join(' · ')
}

function timeLeft({ accessToken }: Held): string {
  const left = secondsLeft(accessToken)
  if (left === undefined) return 'This token is encrypted, so its lifetime is not readable here.'
  return left > 0
    ? `Valid for another ${inWords(left)}.`
    : `Expired ${inWords(left)} ago. Get another one, or send it and see it refused.`
}

export function emptyHanded(): TemplateResult {
  return html`<p class="empty">You have no token yet. <a href="#/token">Get one</a> first.</p>`
}
