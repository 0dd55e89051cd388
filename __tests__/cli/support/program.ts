/** The program, in this process and in one of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { main } from '../../../lib/cli/main.js'

export const root = join(__dirname, '../../..')

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  /** What was written to standard output until now. */
  stdout(): string
  readonly ended: Promise<Ended>
  /** As Ctrl-C does. */
  interrupt(): void
}

export function running(args: readonly string[], input = ''): Running {
  const written = { stdout: '', stderr: '' }
  const stopped = new AbortController()
  const output = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text
    },
  })
  const surroundings: Parameters<typeof main>[1] = {
    stdin: Readable.from([input]),
    stdout: output('stdout'),
    stderr: output('stderr'),
    version: '0.0.0',
    packageFolder: root,
    cwd: root,
    signal: stopped.signal,
  }
  return {
    stdout: () => written.stdout,
    ended: main(args, surroundings).then((code) => ({ code, ...written })),
    interrupt: () => stopped.abort(),
  }
}

/** Where the module of a user is imported, which Jest cannot do. */
export async function runProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const program = join(root, 'lib/cli/index.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    cwd: root,
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (written.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (written.stderr += String(chunk)))
  const [code] = await once(child, 'close')
  return { code, ...written }
}
