/** The resource owner password grant (RFC 6749 §4.3), for show only: RFC 9700 §2.4 forbids it. */
import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js'
import type { GrantContext, Provider } from 'oidc-provider/lib/provider.js'
import { signIn } from './people.js'
import type { Resources } from './resources.js'
import { toResourceServerInfo } from './resources.js'

export function registerPasswordGrant(provider: Provider, resources: Resources): void {
  async function issue({ client, params }: GrantContext['oidc']) {
    const person = signIn(params.username, params.password)
    if (!person) throw new InvalidGrant('wrong name or password')

    const resource = params.resource ?? ''
    const info = toResourceServerInfo(resource, resources[resource])
    const wanted = (params.scope ?? '').split(' ')
    const scope = wanted
      .filter((each) => info.scope.split(' ').includes(each) && client.scope.split(' ').includes(each))
      .join(' ')

    const grant = new provider.Grant({ accountId: person.id, clientId: client.clientId })
    grant.addResourceScope(resource, scope)
    const grantId = await grant.save()

    const token = new provider.AccessToken({ accountId: person.id, client, grantId, gty: 'password', scope })
    token.resourceServer = new provider.ResourceServer(resource, info)
    return { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration, scope }
  }

  provider.registerGrantType(
    'password',
    async (context) => {
      context.body = await issue(context.oidc)
    },
    ['username', 'password', 'resource', 'scope'],
  )
}
