/** Limits concurrent work to the number of processors. First come, first served. */
import { availableParallelism } from 'node:os'

let free = availableParallelism()

/** @type {(() => void)[]} */
const waiting = []

/** @type {<T>(work: () => Promise<T>) => Promise<T>} */
export const inSlot = async (work) => {
  if (free > 0) free--
  else await new Promise((resolve) => waiting.push(() => resolve(undefined)))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}
