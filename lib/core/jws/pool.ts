/**
 * Signature checks and decryptions in libuv's thread pool, bounded for the whole process. The pool
 * has four threads by default and also serves DNS look-ups and files: two of them stay free.
 */
import { UnavailableError } from '../errors/errors.js'

/** Starts one check and calls `done` with its outcome. */
type Start = (done: (isValid: boolean) => void) => void

/** Starts work that calls `release` when it is done, once. */
type Job = (release: () => void) => void

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
    const job: Job = (release) => {
      const done = (isValid: boolean): void => {
        release()
        resolve(isValid)
      }
      try {
        start(done)
      } catch {
        done(false)
      }
    }
    if (!enqueue(key, job, MAX_WAITING_PER_KEY)) reject(new UnavailableError('ERR_OVERLOADED'))
  })
}

/**
 * Runs work that uses one thread at a time, in turns with the signature checks. Rejects with
 * ERR_OVERLOADED if `maxWaiting` jobs of this key are waiting, or too many in all.
 */
export function runInPool<T>(key: object, maxWaiting: number, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const job: Job = (release) => {
      run().finally(release).then(resolve, reject)
    }
    if (!enqueue(key, job, maxWaiting)) reject(new UnavailableError('ERR_OVERLOADED'))
  })
}

/** Whether there was room for the job. */
function enqueue(key: object, job: Job, maxWaiting: number): boolean {
  if (running < MAX_RUNNING) {
    start(job)
    return true
  }
  const jobs = waiting.get(key) ?? []
  if (waitingCount >= MAX_WAITING || jobs.length >= maxWaiting) return false
  waitingCount++
  jobs.push(job)
  waiting.set(key, jobs)
  return true
}

function start(job: Job): void {
  running++
  job(() => {
    running--
    startNext()
  })
}

function startNext(): void {
  for (const [key, jobs] of waiting) {
    const job = jobs.shift()
    waiting.delete(key)
    if (jobs.length > 0) waiting.set(key, jobs)
    if (job === undefined) continue
    waitingCount--
    start(job)
    return
  }
}
