/** A real authorization server: oidc-provider, with opaque tokens and every way to authenticate. Jest cannot load it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { globalAgent, request } from 'node:https'
import { request as plainRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { selfSigned } from '../../support/tls.js'
import { API, SECRET } from './names.js'
import type { ProcessOptions, Reply } from './provider-process.js'
import { childScript } from '../../support/child-scripts.js'
import { generatePair } from '../../support/key-pairs.js'

export { API, SECRET } from './names.js'

const { privateKey, publicKey } = generatePair('ec', { namedCurve: 'P-256' })
/** The key of the client `signer`. */
export const clientJwk = { ...privateKey.export({ format: 'jwk' }), kid: 'signer-1' }

export interface RunningProvider {
  readonly issuer: string
  /** How many introspections there were since the last question. */
  introspections(): Promise<number>
  /** A token of the grant `client_credentials`, in this format. */
  token(format?: 'opaque' | 'jwt' | 'encrypted'): Promise<string>
  revoke(token: string): Promise<void>
  end(): Promise<void>
}

/** With `mtls` over TLS, whose certificate the global agent trusts until the end. */
export async function startProvider({
  mtls = false,
  apiJwk,
}: Partial<ProcessOptions> = {}): Promise<RunningProvider> {
  const { ca } = globalAgent.options
  if (mtls) globalAgent.options.ca = selfSigned.cert
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', kid: 'signer-1' }
  const child = fork(
    childScript('introspection/support/provider-process.ts'),
    [JSON.stringify({ mtls, jwk, ...(apiJwk && { apiJwk }) } satisfies ProcessOptions)],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const reply = async (): Promise<Reply> => ((await once(child, 'message')) as [Reply])[0]
  const { url } = await reply()
  return {
    issuer: url,
    introspections: async () => {
      const next = reply()
      child.send({})
      return (await next).paths.filter((path) => path === '/token/introspection').length
    },
    token: async (format = 'opaque') => {
      const form = { grant_type: 'client_credentials', scope: 'read', resource: `${API}/${format}` }
      return String(JSON.parse(await post(`${url}/token`, form))['access_token'])
    },
    revoke: async (token) => {
      await post(`${url}/token/revocation`, { token })
    },
    end: async () => {
      // Other files of this worker share the agent.
      if (ca === undefined) delete globalAgent.options.ca
      else globalAgent.options.ca = ca
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}

/** As the client `app`. */
async function post(url: string, form: Record<string, string>): Promise<string> {
  const encoded = new URLSearchParams([['', SECRET]]).toString().slice(1)
  const authorization = `Basic ${Buffer.from(`app:${encoded}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  const send = url.startsWith('https:') ? request : plainRequest
  const outgoing = send(url, { method: 'POST', headers }).end(new URLSearchParams(form).toString())
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${text}`)
  return text
}
