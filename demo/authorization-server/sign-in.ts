/** Login and consent: the pages between authorization request and code (RFC 6749 §3.1). */
import express from 'express'
import type { ErrorRequestHandler, Router } from 'express'
import { SessionNotFound } from 'oidc-provider/lib/helpers/errors.js'
import type { Interaction, Provider } from 'oidc-provider/lib/provider.js'
import type { Client } from './clients.js'
import { errorPage, escape, page } from './html.js'
import { findPerson, people, signIn } from './people.js'

const MEANING: Readonly<Record<string, string>> = {
  openid: 'know who you are (openid)',
  profile: 'know your name (profile)',
  offline_access: 'keep access while you are away (offline_access)',
  'orders:read': 'see your orders (orders:read)',
  'orders:write': 'place orders for you (orders:write)',
}

/** Calls `provider` at each request, because a key rotation replaces the provider. */
export function signInPages(provider: () => Provider, clients: readonly Client[]): Router {
  const nameOf = (id: string) => clients.find((client) => client.id === id)?.name ?? id
  const router = express.Router()
  router.use(express.urlencoded({ extended: false }))

  router.get('/:uid', async (req, res) => {
    const interaction = await provider().interactionDetails(req, res)
    const client = nameOf(interaction.params.client_id)
    res.send(
      interaction.prompt.name === 'login' ? loginPage(interaction, client) : consentPage(interaction, client),
    )
  })

  router.post('/:uid/login', async (req, res) => {
    const interaction = await provider().interactionDetails(req, res)
    const { name, password } = req.body as Record<string, unknown>
    const person = signIn(name, password)
    if (!person) {
      const client = nameOf(interaction.params.client_id)
      const problem = 'Wrong name or password.'
      res.status(401).send(loginPage(interaction, client, { name, problem }))
      return
    }
    await provider().interactionFinished(req, res, { login: { accountId: person.id, amr: ['pwd'] } })
  })

  router.post('/:uid/allow', async (req, res) => {
    const interaction = await provider().interactionDetails(req, res)
    const grantId = await grantAll(provider(), interaction)
    await provider().interactionFinished(req, res, { consent: { grantId } })
  })

  router.post('/:uid/deny', async (req, res) => {
    const denial = { error: 'access_denied', error_description: 'The user denied the request' }
    await provider().interactionFinished(req, res, denial, { mergeWithLastSubmission: false })
  })

  router.use(sayWhatWentWrong)
  return router
}

/** Handles sign-ins that no longer exist, for example after a restart of the demo. */
const sayWhatWentWrong: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (error instanceof SessionNotFound) {
    res.status(400).send(errorPage('This sign-in has already ended or has expired.'))
  } else next(error)
}

async function grantAll(provider: Provider, { grantId, prompt, params, session }: Interaction) {
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known ?? new provider.Grant({ accountId: session?.accountId, clientId: params.client_id })
  const { missingOIDCScope, missingResourceScopes } = prompt.details
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '))
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '))
  }
  return grant.save()
}

interface Attempt {
  readonly name?: unknown
  readonly problem?: string
}

function loginPage({ uid }: Interaction, client: string, { name = '', problem = '' }: Attempt = {}) {
  const list = people.map(({ id, password }) => `<code>${id}</code> with <code>${password}</code>`)
  return page(
    'Sign in',
    `<p><strong>${escape(client)}</strong> asks you to sign in. It never sees your password.</p>
${problem && `<p class="wrong" role="alert">${escape(problem)}</p>`}
<form method="post" action="/interaction/${escape(uid)}/login">
<label>Name <input name="name" value="${escape(name)}" autocomplete="username" required${problem === '' ? ' autofocus' : ''}></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required${problem === '' ? '' : ' autofocus'}></label>
<button>Sign in</button>
</form>
<p class="note">Demo accounts: ${list.join(', or ')}.</p>`,
  )
}

function consentPage({ uid, prompt, session }: Interaction, client: string) {
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details
  // Both lists contain the API's scopes.
  const scopes = new Set([...missingOIDCScope, ...Object.values(missingResourceScopes).flat()])
  const wishes = [...scopes].map((scope) => `<li>${escape(MEANING[scope] ?? scope)}</li>`)
  const who = findPerson(session?.accountId ?? '')?.name ?? 'Someone'
  return page(
    'Allow access?',
    `<p>${escape(who)}, <strong>${escape(client)}</strong> would like to${wishes.length === 0 ? ' continue with the access that you allowed before.' : ':'}</p>
<ul>${wishes.join('')}</ul>
<form method="post" action="/interaction/${escape(uid)}/allow"><button>Allow</button></form>
<form method="post" action="/interaction/${escape(uid)}/deny"><button class="second">Deny</button></form>`,
  )
}
