/**
 * Runs a TypeScript file in a child process, as `npm run demo` does: Jest cannot load
 * oidc-provider.
 */
import { spawn } from 'node:child_process'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Child {
  /** Waits until standard output matches; rejects when the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
  /** Sends the signal of Ctrl-C. */
  interrupt(): Promise<Ended>
}

export function run(file: string, ...args: string[]): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
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
