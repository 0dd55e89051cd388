/** The webhook's sequence diagram: three parties and their messages. Sent ones are highlighted. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'

type Party = 'machine' | 'issuer' | 'api'

interface Message {
  readonly step: number
  readonly from: Party
  readonly to: Party
  readonly text: string
}

const PARTIES: readonly (readonly [Party, string])[] = [
  ['machine', 'Machine'],
  ['issuer', 'Authorization server'],
  ['api', 'API'],
]

const MESSAGES: readonly Message[] = [
  { step: 1, from: 'machine', to: 'machine', text: 'generates a key pair' },
  { step: 2, from: 'machine', to: 'issuer', text: 'public key' },
  { step: 2, from: 'issuer', to: 'machine', text: 'client_id' },
  { step: 3, from: 'machine', to: 'machine', text: 'signs an assertion' },
  { step: 4, from: 'machine', to: 'issuer', text: 'assertion' },
  { step: 4, from: 'issuer', to: 'machine', text: 'access token' },
  { step: 5, from: 'machine', to: 'api', text: 'event with the token' },
  { step: 5, from: 'api', to: 'machine', text: '200, received' },
  { step: 6, from: 'machine', to: 'api', text: 'tampered: 401' },
  { step: 6, from: 'machine', to: 'api', text: 'for another API: 401' },
  { step: 6, from: 'machine', to: 'api', text: 'without the scope: 403' },
  { step: 6, from: 'machine', to: 'api', text: 'expired: 401' },
  { step: 6, from: 'machine', to: 'issuer', text: 'old assertion: 401' },
]

export function sequence(reached: number): TemplateResult {
  return html`<div class="sequence">
    <div class="parties" aria-hidden="true">
      ${PARTIES.map(([id, name]) => html`<span class=${id}>${name}</span>`)}
    </div>
    <ol>
      ${MESSAGES.map((message, index) => messageView(message, index, reached))}
    </ol>
  </div>`
}

function messageView({ step, from, to, text }: Message, index: number, reached: number) {
  const state = index >= reached ? 'ahead' : step === 6 ? 'refused' : 'sent'
  const names = Object.fromEntries(PARTIES)
  const spoken =
    from === to ? `${names[from] ?? ''} ${text}` : `${names[from] ?? ''} to ${names[to] ?? ''}: ${text}`
  return html`<li class="${from}-${to} ${state}">
    <span class="number" aria-hidden="true">${step}</span>
    <span class="text" aria-hidden="true">${text}</span>
    <span class="arrow" aria-hidden="true"></span>
    <span class="unseen">${spoken}, ${state === 'ahead' ? 'not yet' : 'done'}</span>
  </li>`
}
