/** The pages of the device flow (RFC 8628 §3.3), where a person types the code that another device shows. */
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
    ? 'You stopped it. The device gets nothing.'
    : 'That is not a code we know, or it was used.'
}

export const deviceFlow = {
  enabled: true,

  /** `form` is made by oidc-provider: a hidden token against cross-site requests, and the field. */
  async userCodeInputSource(context: PageContext, form: string, _out: unknown, error?: Error) {
    const labelled = form.replace('<input\n', '<input aria-label="Code"\n')
    const problem = error ? `<p class="wrong" role="alert">${whatIsWrong(error)}</p>` : ''
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

const REASONS: Readonly<Record<string, string>> = {
  access_denied: 'You stopped it, and nobody got a token.',
  expired_token: 'The code is too old. Have your device show a new one.',
  invalid_client: 'The page that sent you here is none that this server knows.',
  invalid_redirect_uri:
    'The page that sent you here wants you back at an address that it has not registered.',
}

export async function renderError(context: PageContext, out: Readonly<Record<string, unknown>>) {
  context.type = 'html'
  const { error, error_description } = out
  context.body = errorPage(REASONS[String(error)] ?? 'The request that brought you here is not in order.', [
    error,
    error_description,
  ])
}
