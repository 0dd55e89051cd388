import { spawn } from 'node:child_process'
import { childScript } from '../../support/child-scripts.js'

function run(major: string): Promise<{ code: number | null; output: string }> {
  const script = childScript('support/node-fetch-process.ts')
  const child = spawn(process.execPath, ['--no-warnings', script, major])
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}

describe('node-fetch as fetch', () => {
  test.each(['2', '3'])(
    'version %s: every answer of a real server means what it means to the built-in transport',
    async (major) => {
      const { code, output } = await run(major)
      expect({ code, output: code === 0 ? JSON.parse(output) : output }).toEqual({
        code: 0,
        output: {
          '304': [200, 200, 'FRESH', null, null],
          '404': [200, 200, 'STALE', 'status', null],
          '429': [200, 200, 'STALE', 'status', null],
          redirect: [200, 200, 'STALE', 'redirect', null],
          reset: [200, 200, 'STALE', 'network', 'reset'],
          hang: [200, 200, 'STALE', 'timeout', 'timeout'],
          'hang in the body': [200, 200, 'STALE', 'timeout', 'timeout'],
          endless: [200, 200, 'STALE', 'too_large', null],
          'gzip bomb': [200, 200, 'STALE', 'too_large', null],
        },
      })
    },
  )
})
