/** Selects one of the obtained tokens. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { allHeld, choose, chosenToken } from '../store/wallet.js'
import type { Held } from '../store/wallet.js'
import { formatOf, inWords, read, secondsLeft } from '../tokens.js'

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
  const { alg = 'opaque' } = read(held.accessToken).header
  const names = [held.name, String(alg)]
  return names.filter((name, index) => index === 0 || !isIn(name, held.name)).join(' · ')
}

function isIn(word: string, text: string) {
  return text.toLowerCase().includes(word.toLowerCase())
}

function timeLeft({ accessToken }: Held): string {
  const left = secondsLeft(accessToken)
  if (left === undefined)
    return `This token is ${formatOf(accessToken)}, so its lifetime is not readable here.`
  return left > 0
    ? `Valid for another ${inWords(left)}.`
    : `Expired ${inWords(left)} ago. Get another one, or send it and see it refused.`
}

export function emptyHanded(): TemplateResult {
  return html`<p class="empty">You have no token yet. <a href="#/token">Get one</a> first.</p>`
}
