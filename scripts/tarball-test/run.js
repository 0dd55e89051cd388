/** Runs a program to its end. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/**
 * Rejects with all that the program printed unless it exits with 0.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
export const run = async (command, args, cwd) => {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  /** @type {Promise<number | null>} */
  const exit = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`)
}
