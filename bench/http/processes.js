/** Processes that are pinned to a core, and what they cost. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export const SERVER_CORE = 0
export const LOAD_CORE = Math.min(1, availableParallelism() - 1)
const TICKS_PER_SECOND = 100

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

/** Sends a message and waits for the answer to it; fails when the process ends instead. */
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

/** Seconds of CPU, user and system, that a process has used so far. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(utime) + Number(stime)) / TICKS_PER_SECOND
}
