import { spawn } from 'node:child_process'
import { childScript } from '../../support/child-scripts.js'

describe('a process', () => {
  test('with nothing left to do exits by itself, without close() and without an unhandled rejection', async () => {
    const script = childScript('support/idle-process.ts')
    const child = spawn(process.execPath, [script])
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, output }).toEqual({ code: 0, output: 'done\n' })
  })
})
