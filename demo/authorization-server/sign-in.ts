/** Login and consent: the two pages between the request for authorization and the code (RFC 6749 §3.1). */
import express from 'express'
import type { Router } from 'express'
import type { Interaction, Provider } from 'oidc-provider/lib/provider.js'
import type { Client } from './clients.js'
import { escape, page } from './html.js'
import { findPerson, people, signIn } from './people.js'

const MEANING: Readonly<Record<string, string>> = {
  openid: 'know who you are (openid)',
  profile: 'know your name (profile)',
  offline_access: 'go on when you are away (offline_access)',
  'orders:read': 'see your orders (orders:read)',
  'orders:write': 'order in your name (orders:write)',
}

/** Asks for the provider at each request: it is replaced when the keys are. */
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
      res.status(401).send(loginPage(interaction, client, 'That name and password do not go together.'))
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
    const denial = { error: 'access_denied', error_description: 'The user said no' }
    await provider().interactionFinished(req, res, denial, { mergeWithLastSubmission: false })
  })

  return router
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

function loginPage({ uid }: Interaction, client: string, problem = '') {
  const list = people.map(({ id, password }) => `<code>${id}</code> with <code>${password}</code>`)
  return page(
    'Sign in',
    `<p>You came from <strong>${escape(client)}</strong>, which never sees what you type here.</p>
${problem && `<p class="wrong" role="alert">${escape(problem)}</p>`}
<form method="post" action="/interaction/${escape(uid)}/login">
<label>Name <input name="name" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
<p class="note">In this demo: ${list.join(', or ')}.</p>`,
  )
}

function consentPage({ uid, prompt, session }: Interaction, client: string) {
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details
  // The API's scopes are in both lists.
  const scopes = new Set([...missingOIDCScope, ...Object.values(missingResourceScopes).flat()])
  const wishes = [...scopes].map((scope) => `<li>${escape(MEANING[scope] ?? scope)}</li>`)
  const who = findPerson(session?.accountId ?? '')?.name ?? 'somebody'
  return page(
    'Do you agree?',
    `<p>${escape(who)}, <strong>${escape(client)}</strong> would like to${wishes.length === 0 ? ' go on as you agreed before.' : ':'}</p>
<ul>${wishes.join('')}</ul>
<form method="post" action="/interaction/${escape(uid)}/allow"><button>Allow</button></form>
<form method="post" action="/interaction/${escape(uid)}/deny"><button class="second">Deny</button></form>`,
  )
}
