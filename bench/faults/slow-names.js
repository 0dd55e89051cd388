/**
 * Look-ups as libuv makes them with glibc: two at a time for the whole process, and 10 s each for a
 * host under `.silent`, whose name servers never answer. Nothing can cancel them.
 */
import dns from 'node:dns'

const THREADS = 2
const SILENT_MS = 10_000

/** Replaces `dns.lookup` until it is restored. */
export function slowNames() {
  const real = dns.lookup
  const queue = []
  const waits = []
  let running = 0

  const finish = () => {
    running--
    next()
  }
  const next = () => {
    while (running < THREADS && queue.length > 0) {
      running++
      queue.shift()()
    }
  }
  dns.lookup = (hostname, options, callback) => {
    queue.push(() => {
      const done = (...answer) => {
        finish()
        callback(...answer)
      }
      if (!hostname.endsWith('.silent')) real(hostname, options, done)
      else setTimeout(() => done(Object.assign(new Error('EAI_AGAIN'), { code: 'EAI_AGAIN' })), SILENT_MS)
    })
    next()
  }
  return {
    /** A look-up of some other part of the process. */
    probe: () => {
      const startedAt = performance.now()
      const wait = new Promise((resolve) => {
        dns.lookup('localhost', {}, () => resolve(performance.now() - startedAt))
      })
      waits.push(wait)
      return wait
    },
    /** Gives the longest wait of a probe, after all have ended. */
    restore: async () => {
      dns.lookup = real
      return Math.max(...(await Promise.all(waits)))
    },
  }
}
