/** Where a request has no connection of its own, or one that looks odd: AWS Lambda and WebSocket upgrades. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { configure } from '@codegenie/serverless-express'
import serverless from 'serverless-http'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { resourceServer } from 'express-resource-server'
import { mtls } from 'express-resource-server/mtls'
import { certify } from './support/certificates.js'
import type { Certified } from './support/certificates.js'
import { appWith, boundTo, issuer } from './support/tls-api.js'

let client: Certified
let other: Certified

beforeAll(async () => {
  client = await certify()
  other = await certify()
})

interface Answer {
  readonly statusCode: number
}

describe('AWS Lambda', () => {
  /** The event of an HTTP API of API Gateway with mutual TLS. */
  const event = (token: string, certificate: Certified | undefined, headers = {}) => ({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/r',
    rawQueryString: '',
    headers: { host: 'api.test', authorization: `Bearer ${token}`, ...headers },
    requestContext: {
      http: { method: 'GET', path: '/r', sourceIp: '127.0.0.1', protocol: 'HTTP/1.1' },
      ...(certificate && { authentication: { clientCert: { clientCertPem: certificate.cert } } }),
    },
    isBase64Encoded: false,
  })
  type Event = ReturnType<typeof event>

  const eventOf = (request: object) => (request as { apiGateway?: { event?: Event } }).apiGateway?.event
  const confirmation = mtls({
    certificate: (request) => eventOf(request)?.requestContext.authentication?.clientCert.clientCertPem,
  })

  const call = async (method: typeof confirmation, sent: Event) =>
    ((await serverless(appWith({ confirmation: method }))(sent, {})) as Answer).statusCode

  test('a function finds the certificate in the event', async () => {
    const token = await boundTo(client.thumbprint)
    expect(await call(confirmation, event(token, client))).toBe(200)
    expect(await call(confirmation, event(token, other))).toBe(401)
    expect(await call(confirmation, event(token, undefined))).toBe(401)
  })

  test('the stand-in of a connection has no certificate [MTL-017] → 401 invalid_token', async () => {
    const sent = event(await boundTo(client.thumbprint), client)
    expect(await call(mtls(), sent)).toBe(401)
    const handler = configure({ app: appWith({ confirmation: mtls() }) }) as unknown as (
      ...args: unknown[]
    ) => Promise<Answer>
    expect((await handler(sent, {}, undefined)).statusCode).toBe(401)
  })

  test('a header of the client does not count, as its own address is not in from [MTL-006]', async () => {
    const behind = mtls({ header: { name: 'x-cert', format: 'base64-der', from: '10.0.0.0/8' } })
    const headers = { 'x-cert': client.der.toString('base64') }
    expect(await call(behind, event(await boundTo(client.thumbprint), undefined, headers))).toBe(401)
  })
})

describe('Socket.IO', () => {
  const connect = async (token: string, by: Certified | undefined): Promise<string> => {
    const own = await certify({ name: 'CN=localhost' })
    const https = createServer({
      key: own.key,
      cert: own.cert,
      requestCert: true,
      rejectUnauthorized: false,
    }).listen(0, '127.0.0.1')
    await once(https, 'listening')
    const server = new Server(https)
    server.engine.use(resourceServer({ ...issuer.options, confirmation: mtls() }))
    server.on('connection', (socket) => {
      socket.emit('caller', (socket.request as { auth?: { subject?: string } }).auth?.subject)
    })
    const socket = io(`https://localhost:${(https.address() as AddressInfo).port}`, {
      transports: ['websocket'],
      reconnection: false,
      ca: own.cert,
      extraHeaders: { authorization: `Bearer ${token}` },
      ...(by && { key: by.key, cert: by.cert }),
    })
    const outcome = await new Promise<string>((resolve) => {
      socket.on('caller', resolve).on('connect_error', () => resolve('refused'))
    })
    socket.close()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    return outcome
  }

  test('an upgrade has the certificate of its connection [MTL-017]', async () => {
    const token = await boundTo(client.thumbprint)
    expect(await connect(token, client)).toBe('user-1')
    expect(await connect(token, other)).toBe('refused')
    expect(await connect(token, undefined)).toBe('refused')
  })
})
