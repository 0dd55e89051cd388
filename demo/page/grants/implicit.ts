/** Implicit (RFC 6749 §4.2): the URL contains the token. RFC 9700 §2.1.2 advises against it. */
import { API } from '../../names.js'
import { discover } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { RedirectGrant } from './grant.js'
import { PEOPLE_SCOPES, tryOut } from './grant.js'
import { verifyIdToken } from './id-token.js'
import { assertExpected, inLines, leave, random, REDIRECT_URI } from './redirect.js'

const CLIENT = 'page-of-2012'

export const implicit: RedirectGrant = {
  id: 'implicit',
  title: 'Implicit',
  rfc: 'RFC 6749 §4.2; RFC 9700 §2.1.2 advises against it',
  why: 'Do not use it any more. The access token travels in the URL, so it ends up in browser histories and logs. Anyone can slip you their own token, and nothing proves that a token was meant for this client. Code with PKCE avoids all of this.',
  legacy: true,
  scopes: PEOPLE_SCOPES,
  button: 'Sign in the old way',

  async run(_story, { scopes }) {
    const { authorization_endpoint } = await discover()
    const [state, nonce] = [random(), random()]
    const url = new URL(authorization_endpoint)
    url.search = new URLSearchParams({
      response_type: 'id_token token',
      client_id: CLIENT,
      redirect_uri: REDIRECT_URI,
      scope: ['openid', 'profile', ...scopes].join(' '),
      resource: API,
      state,
      nonce,
    }).toString()
    leave({ grant: this.id, url: url.href, state, nonce })
  },

  async finish(story, { answer, departure }) {
    story.tell({
      title: 'The page sent you to the authorization server',
      code: inLines(departure.url),
    })
    assertExpected(answer, departure)
    story.tell({
      title: 'You returned with both tokens in the URL',
      note: 'They were in the address bar for a moment. Every script on the page could read them, and the browser could store them in its history.',
      code: inLines(`${REDIRECT_URI}#${answer.toString()}`),
    })
    const idToken = answer.get('id_token') ?? ''
    const name = await verifyIdToken(idToken, CLIENT, departure.nonce)
    const tokens = { access_token: answer.get('access_token') ?? '', id_token: idToken }
    await tryOut(story, hold(`Implicit, ${name}`, CLIENT, tokens))
  },
}
