/** Shows on standard error that something takes its time, if a person is watching. */
import type { Output } from './command.js'

const FRAMES = ['|', '/', '-', '\\']
const FRAME_MS = 120
/** What is faster needs no spinner. */
const DELAY_MS = 300
const CLEAR_LINE = '\r\x1b[2K'

/** Writes nothing if the output is not a terminal. The line is gone when the work has settled. */
export async function spinning<T>(stderr: Output, text: string, work: () => Promise<T>): Promise<T> {
  if (stderr.isTTY !== true) return work()
  let ticks = 0
  const timer = setInterval(() => {
    if (++ticks * FRAME_MS < DELAY_MS) return
    stderr.write(`${CLEAR_LINE}${FRAMES[ticks % FRAMES.length] ?? ''} ${text}`)
  }, FRAME_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (ticks * FRAME_MS >= DELAY_MS) stderr.write(CLEAR_LINE)
  }
}
