/**
 * Generates the load in its own process: a fixed number of requests over keep-alive connections,
 * one at a time on each. Requests are prepared in advance and responses are only searched for their
 * end, so that the load's core is never the bottleneck.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const END_OF_HEADERS = Buffer.from('\r\n\r\n')

/** @type {Map<string, Buffer[]>} */
const requests = new Map()
/** The next position in each list, for each server. */
const cursors = new Map()

process.on('message', async (message) => {
  if (message.type === 'requests') {
    const earlier = message.append ? requests.get(message.name) : []
    requests.set(message.name, [...earlier, ...message.values.map(toRequest)])
    process.send({ type: 'ready' })
  } else process.send({ type: 'done', ...(await run(message)) })
})

/** `value`: the Authorization header, alone or with a proof. */
function toRequest(value) {
  const { authorization = value, dpop } = value
  const lines = [
    'GET / HTTP/1.1',
    'Host: api.bench',
    'User-Agent: bench',
    'Accept: */*',
    `Authorization: ${authorization}`,
    ...(dpop === undefined ? [] : [`DPoP: ${dpop}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/**
 * `pick`: how a connection chooses its requests: 'next' from the list, or 'own' for one request per
 * connection.
 */
async function run({ port, name, count, connections, pick, expected }) {
  const list = requests.get(name)
  const cursorKey = `${port} ${name}`
  let cursor = cursors.get(cursorKey) ?? 0
  let left = count
  const latencies = new Float64Array(count)
  let done = 0
  let unexpected = 0
  const started = process.hrtime.bigint()
  const next = (connection) =>
    pick === 'own' ? list[connection % list.length] : list[cursor++ % list.length]
  await Promise.all(
    Array.from({ length: connections }, (_, connection) =>
      exchange(port, {
        next: () => (left-- > 0 ? next(connection) : undefined),
        answered: (status, ms) => {
          latencies[done++] = ms
          if (status !== expected) unexpected++
        },
      }),
    ),
  )
  cursors.set(cursorKey, cursor)
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  latencies.sort()
  const at = (share) => latencies[Math.min(count - 1, Math.floor(count * share))]
  return { seconds, unexpected, p50: at(0.5), p99: at(0.99), worst: latencies[count - 1] }
}

/** Idle connections for the next run, by port. */
const idle = new Map()

async function exchange(port, { next, answered }) {
  const free = idle.get(port) ?? []
  idle.set(port, free)
  const socket = free.pop() ?? (await open(port, free))
  await new Promise((resolve, reject) => {
    let sentAt = 0
    let pending = Buffer.alloc(0)
    const send = () => {
      const request = next()
      if (request === undefined) {
        socket.off('data', receive).off('error', reject)
        free.push(socket)
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(request)
    }
    const receive = (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      if (!isWhole(pending)) return
      answered(Number(pending.latin1Slice(9, 12)), performance.now() - sentAt)
      pending = Buffer.alloc(0)
      send()
    }
    socket.on('data', receive).on('error', reject)
    send()
  })
}

/**
 * Opens a connection, and forgets it when the server closes it: another server may get the port.
 */
async function open(port, free) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('close', () => {
    const index = free.indexOf(socket)
    if (index !== -1) free.splice(index, 1)
  })
  return socket
}

/** Whether a response is complete. All responses here have a length, or are short and chunked. */
function isWhole(answer) {
  const end = answer.indexOf(END_OF_HEADERS)
  if (end === -1) return false
  const head = answer.latin1Slice(0, end)
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  return length === undefined
    ? answer.latin1Slice(answer.length - 5) === '0\r\n\r\n'
    : answer.length >= end + 4 + Number(length)
}
