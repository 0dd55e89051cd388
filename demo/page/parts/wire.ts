/** A request and its answer as they are on the wire. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Exchange } from '../exchange.js'
import { statusText } from '../exchange.js'
import { withColoredTokens } from './jwt.js'

export function statusBadge(status: number): TemplateResult {
  const kind = status < 300 ? 'good' : status < 500 ? 'bad' : 'odd'
  return html`<span class="badge ${kind}">${statusText(status)}</span>`
}

/** Headers that the browser adds by itself are left out; of the answer, those that a script may read are shown. */
export function wire({ request, answer }: Exchange): TemplateResult {
  const { pathname, search, host } = new URL(request.url)
  return html`<div class="wire">
    <figure>
      <figcaption>Request</figcaption>
      <pre tabindex="0">${request.method} ${withColoredTokens(pathname + search)} HTTP/1.1
Host: ${host}
${headers(request.headers)}${body(request.body)}</pre>
    </figure>
    <figure>
      <figcaption>Answer ${statusBadge(answer.status)}</figcaption>
      <pre tabindex="0">HTTP/1.1 ${statusText(answer.status)}
${headers(answer.headers)}${body(answer.body)}</pre>
    </figure>
  </div>`
}

function headers(all: Readonly<Record<string, string>>) {
  return Object.entries(all).map(
    ([name, value]) => html`<span class="field">${capitalized(name)}</span>: ${withColoredTokens(value)}\n`,
  )
}

function capitalized(name: string) {
  return name === 'www-authenticate' ? 'WWW-Authenticate' : name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}

function body(text: string | undefined) {
  if (text === undefined || text === '') return nothing
  return html`\n${withColoredTokens(readable(text))}`
}

/** Each parameter of a form on its line, JSON indented: the one liberty that is taken with the wire. */
function readable(text: string) {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text.replaceAll('&', '\n&')
  }
}
