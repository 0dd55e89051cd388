/** Starts a sample project's server and sends requests as clients would. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'

/** Ends programs that hang. Even a very busy machine needs a fraction of it. */
const timeLimitMs = 120_000

/**
 * @param {string} url
 * @param {string | undefined} token
 */
const ask = async (url, token) => {
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { ...(headers && { headers }), signal: AbortSignal.timeout(timeLimitMs) })
  await response.text()
  return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '' }
}

/**
 * @param {string} url
 * @param {{ granted: string, lacking: string }} tokens
 */
const checkAnswers = async (url, tokens) => {
  const anonymous = await ask(url, undefined)
  assert.equal(anonymous.status, 401, 'without a token')
  assert.match(anonymous.challenge, /^Bearer\b/, 'without a token')
  const granted = await ask(url, tokens.granted)
  assert.equal(granted.status, 200, `with the scope: ${granted.challenge}`)
  const lacking = await ask(url, tokens.lacking)
  assert.equal(lacking.status, 403, `without the scope: ${lacking.challenge}`)
  assert.match(lacking.challenge, /^Bearer\b.*\berror="insufficient_scope"/, 'without the scope')
}

/** @typedef {{ port: number, granted: string, lacking: string }} Server */

/** @type {(stdout: import('node:stream').Readable) => Promise<Server>} */
const readServer = async (stdout) => {
  for await (const line of createInterface(stdout)) {
    /** @type {unknown} */
    const server = JSON.parse(line)
    return /** @type {Server} */ (server)
  }
  throw new Error('the program exited before its server listened')
}

/**
 * The program prints one line of JSON when its server listens, and must exit when its standard
 * input ends, without printing anything to standard error.
 * @param {string} node The program that runs it.
 * @param {string} program
 * @param {import('./readme-example.js').Example} example
 */
export const checkServer = async (node, program, example) => {
  const child = spawn(node, [program, example.scope], { timeout: timeLimitMs })
  const stderr = text(child.stderr)
  /** @type {Promise<{ code: number | null, signal: string | null }>} */
  const exit = new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      resolve({ code, signal })
    })
  })
  const failures = []
  try {
    const server = await readServer(child.stdout)
    await checkAnswers(`http://127.0.0.1:${server.port}${example.path}`, server)
  } catch (error) {
    failures.push(error)
  }
  child.stdin.end()
  child.stdout.resume()
  const { code, signal } = await exit
  const printed = await stderr
  if (printed !== '') failures.push(new Error(`printed to standard error:\n${printed}`))
  if (code !== 0)
    failures.push(new Error(`exit code ${code}, signal ${signal}: it should exit when its servers close`))
  if (failures.length > 0) throw new AggregateError(failures, program)
}
