/** The parts of the WWW-Authenticate header (RFC 6750 §3, RFC 9110 §11.6.1). */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'

const MEANING: Readonly<Record<string, string>> = {
  error: 'the reason as a code, for programs',
  error_description: 'the reason as a sentence, for developers',
  scope: 'the scope that a token needs for this request',
  realm: 'the protected part of the site',
  resource_metadata: 'where to find out who issues tokens for this API',
}

export function challenge(text: string | undefined): TemplateResult {
  if (text === undefined)
    return html`<p class="quiet">There is no challenge: another token would not help.</p>`
  const [scheme = ''] = text.split(' ')
  const parameters = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
  return html`<dl class="apart">
    <div>
      <dt><code>${scheme}</code></dt>
      <dd>
        the scheme: send
        <code>Authorization: ${scheme} …</code>${parameters.length === 0 ? '. No reason is given.' : ''}
      </dd>
    </div>
    ${parameters.map(
      ([, name = '', value]) =>
        html`<div>
          <dt><code>${name}</code></dt>
          <dd><strong>${value}</strong><br /><span class="quiet">${MEANING[name] ?? ''}</span></dd>
        </div>`,
    )}
  </dl>`
}
