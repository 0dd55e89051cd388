/** Refresh (RFC 6749 §6): a new access token without another sign-in. */
import { API } from '../../names.js'
import { form, success } from '../exchange.js'
import { discover } from '../store/servers.js'
import { hold, refreshable } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import type { Grant } from './grant.js'
import { tryOut } from './grant.js'

export const refresh: Grant = {
  id: 'refresh',
  title: 'Refresh',
  rfc: 'RFC 6749 §6, RFC 9700 §2.2.2',
  why: 'For clients that already have a user’s consent. Access tokens live for minutes, so a stolen one is soon worthless. The refresh token gets the next one. It is replaced at each use and can be revoked.',
  scopes: [],
  button: 'Refresh the latest token',
  unavailable: () =>
    refreshable() ? undefined : 'Sign in with the code or device flow first: both return a refresh token.',

  async run(story) {
    const held = refreshable()
    if (held?.refreshToken === undefined) return
    const { token_endpoint } = await discover()
    const exchange = await form(token_endpoint, {
      grant_type: 'refresh_token',
      client_id: held.clientId,
      refresh_token: held.refreshToken,
      resource: API,
    })
    story.tell({
      title: 'The page exchanged the refresh token for a new access token and a new refresh token',
      note: 'If the old refresh token is used again, someone must have stolen it, so the server revokes the whole grant.',
      exchange,
    })
    const base = held.name.replace(/, refreshed$/, '')
    await tryOut(story, hold(`${base}, refreshed`, held.clientId, success<TokenAnswer>(exchange)))
  },
}
