/** Refresh (RFC 6749 §6): a new access token while nobody is there to sign in. */
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
  why: 'For clients that already have a person’s consent. Access tokens live for minutes, so that a stolen one is soon worthless; the refresh token fetches the next, is replaced at each use, and can be revoked.',
  scopes: [],
  button: 'Refresh the latest token',
  unavailable: () =>
    refreshable() ? undefined : 'Sign in first, by code or by device: they bring a refresh token.',

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
      title: 'The refresh token is exchanged, for an access token and the next refresh token',
      note: 'Were the old one used again, somebody must have stolen it: the server would end the whole grant.',
      exchange,
    })
    const base = held.name.replace(/, refreshed$/, '')
    await tryOut(story, hold(`${base}, refreshed`, held.clientId, success<TokenAnswer>(exchange)))
  },
}
