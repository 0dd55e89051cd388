/** Waits until it listens, in both ways, and asks for its address. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'

const app = express()
await new Promise((resolve) => app.listen(3000, resolve))
const server = createServer(app).listen({ port: 3001, host: '127.0.0.1' })
await once(server, 'listening')
const { address, port } = Object(server.address())
app.get(`/${address}/${port}`, (_req, res) => res.end())
const other = Object(app.listen(3002).address())
app.get(`/${other.port}/${Object(app.listen('/run/a.sock').address())}`, (_req, res) => res.end())

export default app
