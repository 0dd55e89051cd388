/**
 * Signature checks in libuv's thread pool, bounded for the whole process. The pool has four threads
 * by default and also serves DNS look-ups and files: two of them stay free.
 */
import { UnavailableError } from '../errors/errors.js'

/** Starts one check and calls `done` with its outcome. */
type Start = (done: (isValid: boolean) => void) => void

interface Job {
  readonly start: Start
  readonly resolve: (isValid: boolean) => void
}

const MAX_RUNNING = 2
/** Equals the limit on requests that wait for keys: after a cold start they all arrive at once. */
const MAX_WAITING = 10_000
/** Leaves room for other keys during a flood of tokens for one key. */
const MAX_WAITING_PER_KEY = MAX_WAITING / 2

/** By key; the first key is next. */
const waiting = new Map<object, Job[]>()
let waitingCount = 0
let running = 0

/**
 * Runs a check as soon as a thread is free. Keys take turns, and the checks of one key keep their
 * order. Rejects with ERR_OVERLOADED if too many are waiting.
 */
export function checkInPool(key: object, start: Start): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (running < MAX_RUNNING) {
      run({ start, resolve })
      return
    }
    const jobs = waiting.get(key) ?? []
    if (waitingCount >= MAX_WAITING || jobs.length >= MAX_WAITING_PER_KEY) {
      reject(new UnavailableError('ERR_OVERLOADED'))
      return
    }
    waitingCount++
    jobs.push({ start, resolve })
    waiting.set(key, jobs)
  })
}

function run({ start, resolve }: Job): void {
  running++
  const done = (isValid: boolean): void => {
    running--
    resolve(isValid)
    runNext()
  }
  try {
    start(done)
  } catch {
    done(false)
  }
}

function runNext(): void {
  for (const [key, jobs] of waiting) {
    const job = jobs.shift()
    waiting.delete(key)
    if (jobs.length > 0) waiting.set(key, jobs)
    if (job === undefined) continue
    waitingCount--
    run(job)
    return
  }
}
