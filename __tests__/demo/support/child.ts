/** Runs a TypeScript file in its own process, like `npm run demo`: Jest cannot load oidc-provider. */
import { spawn } from 'node:child_process'

/** Ends processes and tests that hang. Even a very busy machine needs a fraction of it. */
export const PATIENCE_MS = 300_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Child {
  /** Waits until standard output matches. Rejects if the process ends first. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
  /** Sends SIGINT, like Ctrl-C. */
  interrupt(): Promise<Ended>
}

export function run(file: string, ...args: string[]): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })

  return {
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        function look() {
          const match = pattern.exec(stdout)
          if (match) resolve(match)
        }
        look()
        child.stdout.on('data', look)
        ended.then(() => reject(new Error(`${file} ended before ${pattern}:\n${stdout}${stderr}`)), reject)
      }),
    interrupt() {
      child.kill('SIGINT')
      return ended
    },
  }
}
