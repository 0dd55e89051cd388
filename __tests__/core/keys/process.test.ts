import { spawn } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(__dirname, '../../..')

describe('a process', () => {
  test('with nothing left to do exits by itself, without close() and without an unhandled rejection', async () => {
    const script = join(ROOT, '__tests__/support/idle-process.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', script], { cwd: ROOT })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, output }).toEqual({ code: 0, output: 'done\n' })
  })
})
