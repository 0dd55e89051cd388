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
/** As many as may wait for keys: after a cold start they all arrive here at once. */
const MAX_WAITING = 10_000
/** A flood of tokens for one key leaves room for other keys. */
const MAX_WAITING_PER_KEY = MAX_WAITING / 2

/** By key, in the order in which the keys have their turn. */
const waiting = new Map<object, Job[]>()
let waitingCount = 0
let running = 0

/**
 * Runs a check now or when its key has its turn: keys take turns, and one key's checks keep their
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
