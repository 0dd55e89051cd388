/** What all grants have in common: a description, possible scopes, and a story. */
import { ID_TOKEN } from '../knowledge/claims.js'
import type { Held } from '../store/wallet.js'
import { call, routeBeyond, routeBy } from '../routes.js'
import type { Story } from '../story.js'
import { whyRefused } from '../why.js'
import type { Arrival } from './redirect.js'

export interface Field {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly type: 'text' | 'password'
}

export interface Wishes {
  readonly scopes: readonly string[]
  readonly fields: Readonly<Record<string, string>>
}

export interface Grant {
  readonly id: string
  readonly title: string
  readonly rfc: string
  /** Who should use it, or why nobody should. */
  readonly why: string
  readonly legacy?: boolean
  readonly scopes: readonly string[]
  readonly fields?: readonly Field[]
  readonly button: string
  /** Returns why the grant is unavailable now, or `undefined`. */
  readonly unavailable?: () => string | undefined
  run(story: Story, wishes: Wishes): Promise<void>
}

/** A grant that leaves the page. The user returns with the response in the URL. */
export interface RedirectGrant extends Grant {
  finish(story: Story, arrival: Arrival): Promise<void>
}

export const PEOPLE_SCOPES = ['orders:read', 'orders:write']

/** Ends every story: calls a permitted and a forbidden route, and tries the ID token. */
export async function tryOut(story: Story, { accessToken, idToken }: Held): Promise<void> {
  const opened = await call(routeBy('me'), accessToken)
  if (opened.answer.status >= 400) {
    story.tell({
      title: 'GET /me does not accept the access token now',
      note: await whyRefused(opened),
      exchange: opened,
    })
    return
  }
  story.tell({ title: 'GET /me accepts the access token', exchange: opened })
  const beyond = routeBeyond(accessToken)
  const forbidden = await call(beyond, accessToken)
  story.tell({
    title: `${beyond.method} ${beyond.path} refuses it`,
    note: `This route requires ${beyond.needs}. ${await whyRefused(forbidden)}`,
    exchange: forbidden,
  })
  if (idToken === undefined) return
  const refused = await call(routeBy('me'), idToken)
  story.tell({
    title: 'GET /me refuses the ID token',
    note: `${ID_TOKEN} ${await whyRefused(refused)}`,
    exchange: refused,
  })
}
