/** Chooses one of the tokens that were obtained. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { allHeld, choose, chosenToken } from '../store/wallet.js'
import type { Held } from '../store/wallet.js'
import { inWords, read, secondsLeft } from '../tokens.js'

export function picker(label: string): TemplateResult {
  const chosen = chosenToken()
  return html`<label class="choice"
    >${label}
    <select @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      ${allHeld()
        .toReversed()
        .map(
          (held) => html`<option value=${held.id} ?selected=${held === chosen}>${describe(held)}</option>`,
        )}
    </select>
  </label>`
}

export function describe({ name, accessToken }: Held): string {
  const { header } = read(accessToken)
  const left = secondsLeft(accessToken)
  const state = left === undefined ? 'encrypted' : left <= 0 ? 'expired' : `${inWords(left)} left`
  return `${name} · ${String(header['alg'])} · ${state}`
}

export function emptyHanded(): TemplateResult {
  return html`<p class="empty">You hold no token yet. <a href="#/token">Get one</a> first.</p>`
}
