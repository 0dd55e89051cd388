/** Client credentials with a secret (RFC 6749 §4.4): a machine asks in its own name. */
import { API, shop } from '../../names.js'
import { form, success } from '../exchange.js'
import { discover } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { Held, TokenAnswer } from '../store/wallet.js'
import type { Story } from '../story.js'
import type { Grant } from './grant.js'
import { tryOut } from './grant.js'

export interface MachineWishes {
  readonly resource: string
  readonly scope: string
  readonly name: string
}

/** RFC 6749 §2.3.1 has both parts form-encoded first; these two need none. */
export function basic(id: string, secret: string) {
  return { Authorization: `Basic ${btoa(`${id}:${secret}`)}` }
}

export async function requestBySecret(story: Story, { resource, scope, name }: MachineWishes): Promise<Held> {
  const { token_endpoint } = await discover()
  const wanted = { grant_type: 'client_credentials', resource, scope }
  const exchange = await form(token_endpoint, wanted, basic(shop.id, shop.secret))
  story.tell({ title: 'The shop asks for a token, with its secret', exchange })
  return hold(name, shop.id, success<TokenAnswer>(exchange))
}

export const clientSecret: Grant = {
  id: 'client-secret',
  title: 'Client credentials with a secret',
  rfc: 'RFC 6749 §4.4, §2.3.1',
  why: 'For machines that act in their own name: no person takes part. The page plays the machine here; a real secret has no business in a browser.',
  scopes: shop.scopes,
  button: 'Ask as the shop',

  async run(story, { scopes }) {
    const wishes = { resource: API, scope: scopes.join(' '), name: 'Client credentials, secret' }
    await tryOut(story, await requestBySecret(story, wishes))
  },
}
