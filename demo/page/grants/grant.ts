/** What the ways to a token have in common: a description, what may be asked for, and a story to tell. */
import { refusalOf } from '../store/live.js'
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
  /** Who uses it, or why nobody should. */
  readonly why: string
  readonly legacy?: boolean
  readonly scopes: readonly string[]
  readonly fields?: readonly Field[]
  readonly button: string
  /** Why it cannot be used now. */
  readonly unavailable?: () => string | undefined
  run(story: Story, wishes: Wishes): Promise<void>
}

/** The ways that leave the page, and come back to it with an answer in its address. */
export interface RedirectGrant extends Grant {
  finish(story: Story, arrival: Arrival): Promise<void>
}

export const PEOPLE_SCOPES = ['orders:read', 'orders:write']

/** Every story ends so: what the token opens, what it does not, and that an ID token is no key at all. */
export async function tryOut(story: Story, { accessToken, idToken }: Held): Promise<void> {
  const opened = await call(routeBy('me'), accessToken)
  if (opened.answer.status >= 400) {
    story.tell({
      title: 'The access token does not open GET /me now',
      note: await whyRefused(opened),
      exchange: opened,
    })
    return
  }
  story.tell({ title: 'The access token opens GET /me', exchange: opened })
  const beyond = routeBeyond(accessToken)
  story.tell({
    title: `It does not open ${beyond.method} ${beyond.path}`,
    note: `That needs the ${beyond.scope === undefined ? beyond.needs : `scope ${beyond.scope}`}, which was not granted.`,
    exchange: await call(beyond, accessToken),
  })
  if (idToken === undefined) return
  const refused = await call(routeBy('me'), idToken)
  const refusal = await refusalOf(refused.answer.headers['x-request-id'])
  story.tell({
    title: 'The ID token opens nothing',
    note: `It tells the client who has signed in, and is not meant for the API, which sees that: ${refusal?.code ?? 'refused'}.`,
    exchange: refused,
  })
}
