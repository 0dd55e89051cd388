/** Socket.IO runs middlewares with a response of its own for a WebSocket upgrade. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const ends: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(ends.map((end) => end())))

/** Connects by WebSocket alone; the subject of the caller, or why it was refused. */
async function connect(options: Partial<ResourceServerOptions>, token?: string): Promise<string> {
  const http = createServer()
  const server = new Server(http)
  server.engine.use(resourceServer({ ...issuer.options, ...options }))
  server.on('connection', (socket) => {
    const { auth } = socket.request as { auth?: { subject?: string } }
    socket.emit('caller', auth?.subject ?? 'anonymous')
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const client = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, {
    transports: ['websocket'],
    reconnection: false,
    ...(token !== undefined && { extraHeaders: { authorization: `Bearer ${token}` } }),
  })
  ends.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
      }),
  )
  return new Promise((resolve) => {
    client.on('caller', (caller: string) => {
      client.close()
      resolve(caller)
    })
    client.on('connect_error', () => {
      client.close()
      resolve('refused')
    })
  })
}

test.each([
  ['an anonymous upgrade passes an optional server', { optional: true }, undefined, 'anonymous'],
  ['a good token is the caller', { optional: true }, {}, 'user-1'],
  ['a bad token is refused', { optional: true }, { exp: 1 }, 'refused'],
  ['an anonymous upgrade is refused where a token is required', {}, undefined, 'refused'],
])('%s', async (_, options, claims, expected) => {
  const token = claims === undefined ? undefined : await issuer.token(claims)
  expect(await connect(options, token)).toBe(expected)
})
