/** Authorization code with PKCE (RFC 6749 §4.1, RFC 7636): a client acts for a user. */
import { base64url } from 'jose'
import { API } from '../../names.js'
import { form, success } from '../exchange.js'
import { discover } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import type { RedirectGrant } from './grant.js'
import { PEOPLE_SCOPES, tryOut } from './grant.js'
import { verifyIdToken } from './id-token.js'
import { assertExpected, inLines, leave, random, REDIRECT_URI } from './redirect.js'

const CLIENT = 'page'

async function challengeOf(verifier: string) {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))),
  )
}

export const authorizationCode: RedirectGrant = {
  id: 'authorization-code',
  title: 'Authorization code with PKCE',
  rfc: 'RFC 6749 §4.1, RFC 7636, OpenID Connect',
  why: 'For everything that acts for a user: web applications, mobile apps, single-page apps. The user signs in at the authorization server, and the client never sees the password.',
  scopes: PEOPLE_SCOPES,
  button: 'Sign in',

  async run(_story, { scopes }) {
    const { authorization_endpoint } = await discover()
    const [state, nonce, verifier] = [random(), random(), random()]
    const url = new URL(authorization_endpoint)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: CLIENT,
      redirect_uri: REDIRECT_URI,
      scope: ['openid', 'profile', ...scopes].join(' '),
      resource: API,
      state,
      nonce,
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
    }).toString()
    leave({ grant: this.id, url: url.href, state, nonce, verifier })
  },

  async finish(story, { answer, departure }) {
    story.tell({
      title: 'The page sent you to the authorization server',
      note: 'The page generated a secret, the verifier. It sent only a hash of it, as code_challenge.',
      code: inLines(departure.url),
    })
    assertExpected(answer, departure)
    story.tell({
      title: 'You returned with a code',
      note: 'The code is valid for one minute and one use. It is worthless without the verifier.',
      code: inLines(`${REDIRECT_URI}?${answer.toString()}`),
    })
    const { token_endpoint } = await discover()
    const exchange = await form(token_endpoint, {
      grant_type: 'authorization_code',
      client_id: CLIENT,
      code: answer.get('code') ?? '',
      code_verifier: departure.verifier ?? '',
      redirect_uri: REDIRECT_URI,
      resource: API,
    })
    story.tell({ title: 'The page exchanged the code, with the verifier as proof that it asked', exchange })
    const tokens = success<TokenAnswer>(exchange)
    const name = await verifyIdToken(tokens.id_token ?? '', CLIENT, departure.nonce)
    story.tell({
      title: `The ID token says that you are ${name}`,
      note: 'The page checked its signature, issuer, audience (the page itself) and nonce. The ID token is for the client, and the access token is for the API.',
      ...(tokens.id_token !== undefined && { token: tokens.id_token }),
    })
    await tryOut(story, hold(`Code with PKCE, ${name}`, CLIENT, tokens))
  },
}
