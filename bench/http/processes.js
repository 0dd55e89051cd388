/** Processes pinned to a core, and their CPU time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export const SERVER_CORE = 0
export const LOAD_CORE = Math.min(1, availableParallelism() - 1)

export function start(file, core) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn('taskset', ['-c', String(core), process.execPath, path], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  child.written = ''
  child.stderr.on('data', (chunk) => {
    child.written += String(chunk)
  })
  return child
}

/** Sends a message and waits for the reply; rejects if the process exits instead. */
export async function ask(child, message) {
  const waiting = new AbortController()
  const { signal } = waiting
  const ended = once(child, 'close', { signal }).then(([code, killedBy]) => {
    throw new Error(`${child.spawnargs.at(-1)} ended with ${code ?? killedBy}: ${child.written}`)
  })
  child.send(message)
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal }), ended])
    return answer
  } finally {
    ended.catch(() => undefined)
    waiting.abort()
  }
}

export async function stop(child) {
  const gone = once(child, 'exit')
  child.kill()
  await gone
}

/**
 * CPU seconds, user and system, that all threads of a process have used so far. Read from the
 * scheduler in nanoseconds: a tick in `stat`, 10 ms, would be one percent of a run.
 */
export function cpuSeconds(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((each) =>
    Number(readFileSync(`/proc/${pid}/task/${each}/schedstat`, 'latin1').split(' ', 1)[0]),
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9
}
