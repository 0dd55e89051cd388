/** The pages of the device flow (RFC 8628 §3.3), where a person types the code that another device shows. */
import { escape, page } from './html.js'

interface PageContext {
  body: string
  type: string
  readonly oidc: { readonly client?: { readonly clientName?: string; readonly clientId: string } }
}

function clientName({ oidc }: PageContext) {
  return oidc.client?.clientName ?? oidc.client?.clientId ?? 'The device'
}

export const deviceFlow = {
  enabled: true,

  /** `form` is made by oidc-provider: a hidden token against cross-site requests, and the field. */
  async userCodeInputSource(context: PageContext, form: string, _out: unknown, error?: Error) {
    const labelled = form.replace('<input\n', '<input aria-label="Code"\n')
    const problem = error
      ? '<p class="wrong" role="alert">That is not a code we know, or it was used.</p>'
      : ''
    context.body = page(
      'Connect a device',
      `${problem}<p>Type the code that your device shows.</p>${labelled}
<button type="submit" form="op.deviceInputForm">Continue</button>`,
    )
  },

  async userCodeConfirmSource(context: PageContext, form: string, ...rest: unknown[]) {
    const userCode = rest.at(-1)
    context.body = page(
      'Is this your device?',
      `<p><strong>${escape(clientName(context))}</strong> should show this code now:</p>
<p class="code">${escape(userCode)}</p>
<p class="note">If it does not, or if somebody sent you this link, stop here: you would let a stranger in.</p>
${form}
<button type="submit" form="op.deviceConfirmForm">It is mine, continue</button>
<button class="second" type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Stop</button>`,
    )
  },

  async successSource(context: PageContext) {
    context.body = page(
      'Done',
      `<p>${escape(clientName(context))} is connected. You can close this page.</p>`,
    )
  },
}

export async function renderError(context: PageContext, out: Readonly<Record<string, unknown>>) {
  context.type = 'html'
  const lines = Object.entries(out).map(([name, value]) => `<li>${escape(name)}: ${escape(value)}</li>`)
  context.body = page('That did not work', `<ul>${lines.join('')}</ul>`)
}
