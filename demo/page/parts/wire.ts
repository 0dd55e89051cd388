/** Shows a request and its response as they were on the wire. */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Exchange } from '../exchange.js'
import { statusText } from '../exchange.js'
import { withColoredTokens } from './jwt.js'

export function statusBadge(status: number): TemplateResult {
  const kind = status < 300 ? 'good' : status < 500 ? 'bad' : 'odd'
  return html`<span class="badge ${kind}">${statusText(status)}</span>`
}

/** Omits request headers that the browser adds, and response headers that scripts cannot read. */
export function wire({ request, answer }: Exchange): TemplateResult {
  const { pathname, search, host } = new URL(request.url)
  const requestLine = `${request.method} ${pathname}${search} HTTP/1.1`
  const statusLine = `HTTP/1.1 ${statusText(answer.status)}`
  return html`<div class="wire">
    <figure>
      <figcaption>Request</figcaption>
      <pre>${lines(requestLine, { Host: host, ...request.headers }, request.body)}</pre>
    </figure>
    <figure>
      <figcaption>Response ${statusBadge(answer.status)}</figcaption>
      <pre>${lines(statusLine, answer.headers, answer.body)}</pre>
    </figure>
  </div>`
}

function lines(first: string, headers: Readonly<Record<string, string>>, body = '') {
  return [
    withColoredTokens(first),
    ...Object.entries(headers).map(([name, value]) => [
      '\n',
      html`<span class="field">${capitalized(name)}</span>`,
      ': ',
      withColoredTokens(value),
    ]),
    ...(body === '' ? [] : ['\n\n', withColoredTokens(readable(body))]),
  ]
}

function capitalized(name: string) {
  return name === 'www-authenticate'
    ? 'WWW-Authenticate'
    : name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}

/** The only change to the wire format: indents JSON, and puts form parameters on separate lines. */
function readable(text: string) {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text.replaceAll('&', '\n&')
  }
}
