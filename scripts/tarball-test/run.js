/** Runs a program until it exits. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** Ends programs that hang. A whole suite takes minutes, and more on a busy machine. */
const timeLimitMs = 3_600_000

/**
 * Resolves to the standard output of the program. Rejects with all of its output unless it exits
 * with 0.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} [env]
 */
export const run = async (command, args, cwd, env = process.env) => {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeLimitMs })
  /** @type {Promise<number | string | null>} */
  const exit = new Promise((resolve, reject) =>
    child.on('error', reject).on('close', (code, signal) => {
      resolve(code ?? signal)
    }),
  )
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  if (end !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${end}\n${stdout}${stderr}`)
  return stdout
}
