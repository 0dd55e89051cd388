/** Resource owner password (RFC 6749 §4.3): the client gets it. RFC 9700 §2.4 forbids this. */
import { API } from '../../names.js'
import { form, success } from '../exchange.js'
import { discover } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import type { Grant } from './grant.js'
import { PEOPLE_SCOPES, tryOut } from './grant.js'

const CLIENT = 'app-of-2012'

export const password: Grant = {
  id: 'password',
  title: 'Resource owner password',
  rfc: 'RFC 6749 §4.3; RFC 9700 §2.4 forbids it',
  why: 'Must not be used. The client sees the password, users learn to type it anywhere, and there is no room for a second factor or a passkey.',
  legacy: true,
  scopes: PEOPLE_SCOPES,
  fields: [
    { name: 'username', label: 'Name', value: 'alice', type: 'text' },
    { name: 'password', label: 'Password', value: 'wonderland', type: 'password' },
  ],
  button: 'Hand over the password',

  async run(story, { scopes, fields }) {
    const { token_endpoint } = await discover()
    const exchange = await form(token_endpoint, {
      grant_type: 'password',
      client_id: CLIENT,
      ...fields,
      scope: scopes.join(' '),
      resource: API,
    })
    story.tell({
      title: 'The client sent the password',
      note: 'The client can read the password, and so can its developers and anyone with access to its logs.',
      exchange,
    })
    const held = hold(`Password, ${fields['username'] ?? ''}`, CLIENT, success<TokenAnswer>(exchange))
    await tryOut(story, held)
  },
}
