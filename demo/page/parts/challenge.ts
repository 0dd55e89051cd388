/** The header WWW-Authenticate, taken apart (RFC 6750 §3, RFC 9110 §11.6.1). */
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'

const MEANING: Readonly<Record<string, string>> = {
  error: 'the reason in one word, for programs',
  error_description: 'the reason in a sentence, for developers',
  scope: 'what a token must allow; ask for one with it',
  realm: 'the part of the site that is protected',
  resource_metadata: 'where to read who issues tokens for this API',
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
        the scheme: come with
        <code>Authorization: ${scheme} …</code
        >${parameters.length === 0 ? ', and nothing is said about why' : ''}
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
