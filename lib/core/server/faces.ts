/** From the public face of a server to the server behind it, for features that work with one. */
import type { Server } from './server.js'

const servers = new WeakMap<object, Server>()

export function rememberServer(face: object, server: Server): void {
  servers.set(face, server)
}

/** `undefined` for anything that `resourceServer` did not return. */
export function serverBehind(face: unknown): Server | undefined {
  return typeof face === 'function' ? servers.get(face) : undefined
}
