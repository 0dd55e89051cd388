/** Pages of the device flow (RFC 8628 §3.3), where users enter the code that a device shows. */
import { errorPage, escape, page } from './html.js'

interface PageContext {
  body: string
  type: string
  readonly oidc: { readonly client?: { readonly clientName?: string; readonly clientId: string } }
}

function clientName({ oidc }: PageContext) {
  return oidc.client?.clientName ?? oidc.client?.clientId ?? 'The device'
}

function whatIsWrong({ name }: Error) {
  return name === 'AbortedError'
    ? 'You stopped the sign-in. The device gets no access.'
    : 'This code is unknown or has already been used.'
}

export const deviceFlow = {
  enabled: true,

  /** `form` comes from oidc-provider: the code field and a hidden token against CSRF. */
  async userCodeInputSource(context: PageContext, form: string, _out: unknown, error?: Error) {
    const labelled = form.replace('<input\n', '<input aria-label="Code"\n')
    const problem = error ? `<p class="wrong" role="alert">${whatIsWrong(error)}</p>` : ''
    context.body = page(
      'Connect a device',
      `${problem}<p>Enter the code that your device shows.</p>${labelled}
<button type="submit" form="op.deviceInputForm">Continue</button>`,
    )
  },

  async userCodeConfirmSource(context: PageContext, form: string, ...rest: unknown[]) {
    const userCode = rest.at(-1)
    context.body = page(
      'Is this your device?',
      `<p><strong>${escape(clientName(context))}</strong> should show this code now:</p>
<p class="code">${escape(userCode)}</p>
<p class="note">If it does not, or if someone sent you this link, stop here. You would give a stranger access.</p>
${form}
<button type="submit" form="op.deviceConfirmForm">Yes, continue</button>
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

const REASONS: Readonly<Record<string, string>> = {
  access_denied: 'You stopped the sign-in. No token was issued.',
  expired_token: 'The code has expired. Request a new one on your device.',
  invalid_client: 'This server does not know the application that sent you here.',
  invalid_redirect_uri:
    'The application that sent you here has not registered the address that you would return to.',
}

export async function renderError(context: PageContext, out: Readonly<Record<string, unknown>>) {
  context.type = 'html'
  const { error, error_description } = out
  context.body = errorPage(REASONS[String(error)] ?? 'The request that brought you here is not valid.', [
    error,
    error_description,
  ])
}
