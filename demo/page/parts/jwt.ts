/** Shows tokens with each part in its own colour. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'

const SIGNED = ['header', 'payload', 'signature'] as const
const ENCRYPTED = ['header', 'wrapped', 'vector', 'payload', 'signature'] as const

export function colored(token: string): TemplateResult {
  const parts = token.split('.')
  const names = parts.length === 5 ? ENCRYPTED : SIGNED
  return html`<span class="jwt"
    >${parts.map((part, index) => html`${index === 0 ? '' : '.'}<span class=${names[index] ?? ''}>${part}</span>`)}</span
  >`
}

const TOKENS = /(eyJ[\w-]{10,}(?:\.[\w-]*){2,4})/

/** Colours the tokens in any text. */
export function withColoredTokens(text: string) {
  return text.split(TOKENS).map((piece) => (TOKENS.test(piece) ? colored(piece) : piece))
}
