import { execFile } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { resourceServer } from 'express-resource-server'
import { start } from '../../support/http.js'
import type { Answer, Running } from '../../support/http.js'
import { claims, encode, header, options, rawToken } from '../../support/tokens.js'
import type { Part } from '../../support/tokens.js'
import { childScript } from '../../support/child-scripts.js'

/** Stands in every hostile value, and must not stand in an answer. */
const MARK = 'mark-of-the-sender'

const server = resourceServer({ ...options(), acceptTokenFrom: ['header', 'body'], maxTokenBytes: 1_000_000 })
let running: Running
const accidents: unknown[] = []
const noteAccident = (reason: unknown): unknown => accidents.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', noteAccident)
  running = await start((req, res) => void answer(req, res))
})

afterAll(() => {
  process.off('unhandledRejection', noteAccident)
})

/** Node bounds headers at 16 KiB, so that large tokens come in a form. */
async function answer(req: IncomingMessage & { body?: unknown }, res: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of req.setEncoding('utf8')) text += String(chunk)
  if (text !== '') req.body = { access_token: text }
  server(req, res, (error) => {
    res.statusCode = error === undefined ? 200 : 500
    res.end(String(error))
  })
}

function sendForm(token: string): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return running.ask({ method: 'POST', headers, body: token })
}

function send(token: string): Promise<Answer> {
  return token.length < 8000 ? running.ask({ token }) : sendForm(token)
}

async function expectRefused(token: string): Promise<void> {
  const answer = await send(token)
  expect([answer.status, answer.challenge?.parameters['error']]).toEqual([401, 'invalid_token'])
  expect(answer.text + JSON.stringify(answer.headers)).not.toContain(MARK)
  expect((await send(rawToken())).status).toBe(200)
  expect(accidents).toEqual([])
}

function deep(open: string, close: string): string {
  return open.repeat(10_000) + close.repeat(10_000)
}

const lineBreak = `${MARK}\r\nX-Injected: 1`
const long = MARK.repeat(6000)

const hostileHeaders: [string, Part][] = [
  ['alg with a line break', header({ alg: lineBreak })],
  ['kid with a line break', header({ kid: lineBreak })],
  ['typ with a line break', header({ typ: lineBreak })],
  ['crit with a line break', header({ crit: [lineBreak], [lineBreak]: 1 })],
  ['crit with text that is not Latin', header({ crit: [`中${MARK}`], [`中${MARK}`]: 1 })],
  ['crit with quotes', header({ crit: [`"${MARK}"\\`] })],
  ['alg that is not Latin', header({ alg: `中${MARK}` })],
  ['alg of NULs', header({ alg: `\0\0${MARK}` })],
  ['typ that is not Latin', header({ typ: `中${MARK}` })],
  ['kid of 100 KB', header({ kid: long })],
  ['alg of 100 KB', header({ alg: long })],
  ['typ of 100 KB', header({ typ: long })],
  ['arrays 10,000 deep', `{"alg":"ES256","kid":"es256","x":${deep('[', ']')}}`],
  ['objects 10,000 deep', `{"alg":"ES256","kid":"es256","x":${deep('{"a":', '}').replace(':}', ':1}')}}`],
  ['octets that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x22])],
  ['binary of 100 KB', Buffer.alloc(100_000, 0x9f)],
]

const hostilePayloads: [string, Part][] = [
  ['iss with a line break', claims({ iss: lineBreak })],
  ['iss that is not Latin', claims({ iss: `https://中文.test/${MARK}` })],
  ['iss of 100 KB', claims({ iss: long })],
  ['aud with a line break', claims({ aud: lineBreak })],
  ['aud that is not Latin', claims({ aud: [`中${MARK}`] })],
  ['aud of 100 KB', claims({ aud: long })],
  ['exp as text with a line break', claims({ exp: lineBreak })],
  ['sub as an object of 100 KB', claims({ sub: { [long]: long } })],
  ['cnf with a line break', claims({ cnf: { [lineBreak]: lineBreak } })],
  ['arrays 10,000 deep', `${JSON.stringify(claims()).slice(0, -1)},"x":${deep('[', ']')}}`],
  [
    'objects 10,000 deep',
    `${JSON.stringify(claims()).slice(0, -1)},"x":${deep('{"a":', '}').replace(':}', ':1}')}}`,
  ],
  ['nothing but open brackets, 100,000 of them', '['.repeat(100_000)],
  ['100 KB of text', long],
  ['100 KB of NULs', Buffer.alloc(100_000)],
  ['octets that are no UTF-8', Buffer.from([0x7b, 0xc0, 0xaf, 0x7d])],
  ['50,000 repeated names', `{${Array.from({ length: 50_000 }, () => '"a":1').join()}}`],
]

describe.each<[string, { signature?: Uint8Array }]>([
  ['signed by the issuer', {}],
  ['signed by nobody', { signature: Buffer.alloc(64, 3) }],
])('a token %s is refused with 401, and the next good one passes:', (_title, forged) => {
  test.each(hostileHeaders)('header: %s', async (_name, part) => {
    await expectRefused(rawToken({ header: part, ...forged }))
  })

  test.each(hostilePayloads)('payload: %s', async (_name, part) => {
    await expectRefused(rawToken({ payload: part, ...forged }))
  })
})

test.each<[string, Uint8Array]>([
  ['of one octet', Buffer.alloc(1)],
  ['of 100 KB', Buffer.alloc(100_000, 1)],
])('a signature %s is refused with 401', async (_title, signature) => {
  await expectRefused(rawToken({ signature }))
})

test('a genuine token of 100 KB passes where maxTokenBytes admits it', async () => {
  const answer = await sendForm(rawToken({ payload: claims({ groups: long }), header: header({ x: long }) }))
  expect(answer.status).toBe(200)
})

test('a token of one character more than maxTokenBytes is refused', async () => {
  const token = rawToken({ payload: claims({ groups: 'x'.repeat(750_000) }) })
  expect(token.length).toBeGreaterThan(1_000_000)
  await expectRefused(token)
})

test('the JSON serialization in place of a token is refused', async () => {
  const [head, payload, signature] = rawToken().split('.')
  await expectRefused(encode({ protected: head, payload, signature }))
})

test('a polluted Object.prototype opens nothing, and shuts out no good token', async () => {
  const script = [childScript('support/polluted-process.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, script)
  const { names, opened, shut } = JSON.parse(stdout) as Record<'names' | 'opened' | 'shut', string[]>
  expect(names).toEqual(expect.arrayContaining(['alg', 'kid', 'aud', 'scope', 'exp', 'secret']))
  expect([opened, shut]).toEqual([[], []])
})
