/** Client credentials with a secret (RFC 6749 §4.4): a machine acts on its own behalf. */
import { API, shop } from '../../names.js'
import type { Exchange } from '../exchange.js'
import { form, success } from '../exchange.js'
import { discover } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import type { Grant } from './grant.js'
import { tryOut } from './grant.js'

export interface MachineWishes {
  readonly resource: string
  readonly scope: string
}

/** RFC 6749 §2.3.1 requires form encoding of both parts first. These two do not need it. */
export function basic(id: string, secret: string) {
  return { Authorization: `Basic ${btoa(`${id}:${secret}`)}` }
}

export async function requestBySecret({ resource, scope }: MachineWishes): Promise<Exchange> {
  const { token_endpoint } = await discover()
  const wanted = { grant_type: 'client_credentials', resource, scope }
  return form(token_endpoint, wanted, basic(shop.id, shop.secret))
}

/** Gets a token without recording a story. */
export async function shopToken(scope: string, resource = API): Promise<string> {
  return success<TokenAnswer>(await requestBySecret({ resource, scope })).access_token
}

export const clientSecret: Grant = {
  id: 'client-secret',
  title: 'Client credentials with a secret',
  rfc: 'RFC 6749 §4.4, §2.3.1',
  why: 'For machines that act on their own behalf, without a user. The page plays the machine here. A real secret does not belong in a browser.',
  scopes: shop.scopes,
  button: 'Request as the shop',

  async run(story, { scopes }) {
    const exchange = await requestBySecret({ resource: API, scope: scopes.join(' ') })
    story.tell({ title: 'The shop requested a token with its secret', exchange })
    const held = hold('Client credentials, secret', shop.id, success<TokenAnswer>(exchange))
    await tryOut(story, held)
  },
}
