/** The device flow (RFC 8628), for devices without a usable keyboard. */
import { API, DEVICE_CODE } from '../../names.js'
import type { Exchange } from '../exchange.js'
import { form, success } from '../exchange.js'
import { discover } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import type { Grant } from './grant.js'
import { PEOPLE_SCOPES, tryOut } from './grant.js'

const CLIENT = 'television'

interface DeviceAnswer {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  /** Seconds between polls. Default: five (RFC 8628 §3.2). */
  readonly interval?: number
}

export const device: Grant = {
  id: 'device',
  title: 'Device flow',
  rfc: 'RFC 8628',
  why: 'For TVs, command lines and similar devices. The device shows a code, and the user signs in on a phone or computer.',
  scopes: PEOPLE_SCOPES,
  button: 'Request as the TV',

  async run(story, { scopes }) {
    const { device_authorization_endpoint } = await discover()
    const scope = ['openid', 'profile', ...scopes].join(' ')
    const start = await form(device_authorization_endpoint, { client_id: CLIENT, scope, resource: API })
    story.tell({ title: 'The TV requested a pair of codes', exchange: start })
    const codes = success<DeviceAnswer>(start)
    story.tell({
      title: `The TV shows ${codes.user_code}`,
      note: `A user would open ${codes.verification_uri} and enter the code. The link below already contains it. Meanwhile, the TV keeps polling.`,
      link: { url: codes.verification_uri_complete, text: 'Play the user: open it in a new tab' },
    })
    const exchange = await poll(codes)
    const outcome = exchange.answer.status < 400 ? 'received its tokens' : 'was refused'
    story.tell({ title: `The TV polled again and ${outcome}`, exchange })
    const held = hold('Device flow', CLIENT, success<TokenAnswer>(exchange))
    await tryOut(story, held)
  },
}

/** Polls until the user has decided. `slow_down` adds five seconds (RFC 8628 §3.5). */
async function poll({ device_code, expires_in, interval = 5 }: DeviceAnswer): Promise<Exchange> {
  const { token_endpoint } = await discover()
  const end = Date.now() + expires_in * 1000
  let seconds = interval
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const exchange = await form(token_endpoint, {
      grant_type: DEVICE_CODE,
      client_id: CLIENT,
      device_code,
      resource: API,
    })
    const { error } = JSON.parse(exchange.answer.body) as { error?: string }
    if (error === 'slow_down') seconds += 5
    else if (error !== 'authorization_pending') return exchange
  }
  throw new Error('Nobody entered the code in time.')
}
