/**
 * Lets a module of the user run, such that it neither listens nor ends the process unnoticed. What
 * it changes stays so: the process ends after the command.
 */
import { writeSync } from 'node:fs'
import { isIPv6, Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { isObject, own } from '../../core/base/own.js'
import type { Output } from '../command.js'
import { UsageError } from '../command.js'
import { printable } from '../printable.js'

const STDERR = 2

export interface Containment {
  readonly file: string
  readonly stderr: Output
  /** Aborted if the user ends the command. */
  readonly signal: AbortSignal
}

/** Rejects with a UsageError if `run` waits for what never happens. */
export async function contained<T>(containment: Containment, run: () => Promise<T>): Promise<T> {
  preventListening(containment.stderr)
  const stop = new AbortController()
  try {
    return await Promise.race([run(), unfinished(containment, stop.signal)])
  } finally {
    stop.abort()
  }
}

/** Settles only if the process is about to end, which it otherwise does without a word or with 0. */
function unfinished({ file, signal }: Containment, stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onIdle = (): void => {
      reject(
        new UsageError(
          `${file} waits for something that never happens. It does not listen here: export the application before you wait for connections, or a function createApp(options) that makes it`,
        ),
      )
    }
    const onExit = (code: number): void => {
      if (signal.aborted) return
      writeSync(
        STDERR,
        `${printable(file)} ended the process, by process.exit(${String(code)}) or an error that nothing catches, before its routes could be listed. Look whether it needs an environment variable, or name the module that exports the application\n`,
      )
      process.exitCode = 2
    }
    process.once('beforeExit', onIdle)
    process.once('exit', onExit)
    stop.addEventListener('abort', () => {
      process.off('beforeExit', onIdle)
      process.off('exit', onExit)
    })
  })
}

/** Many applications listen as soon as they are imported, and wait until they do. */
function preventListening(stderr: Output): void {
  const listen = function listen(this: Server, ...args: readonly unknown[]): Server {
    const callback = args.at(-1)
    if (typeof callback === 'function') this.once('listening', callback as () => void)
    const address = addressOf(args)
    Reflect.defineProperty(this, 'address', { configurable: true, value: () => address })
    process.nextTick(() => {
      try {
        this.emit('listening')
      } catch (thrown) {
        const reason = thrown instanceof Error ? thrown.message : 'something that is not an Error'
        stderr.write(`note: what follows listen() throws here: ${printable(reason)}\n`)
      }
    })
    return this
  }
  const original = Object.getOwnPropertyDescriptor(Server.prototype, 'listen')
  Reflect.defineProperty(Server.prototype, 'listen', { ...original, value: listen })
}

/** As `server.address()` has it: the path of a socket is a string. A free port is 0 here. */
function addressOf([first, second]: readonly unknown[]): AddressInfo | string {
  const options = isObject(first) ? first : undefined
  const port = options === undefined ? first : (own(options, 'port') ?? own(options, 'path'))
  const host = options === undefined ? second : own(options, 'host')
  if (typeof port === 'string' && Number.isNaN(Number(port))) return port
  const address = typeof host === 'string' ? host : '::'
  const family = address === '::' || isIPv6(address) ? 'IPv6' : 'IPv4'
  return { address, family, port: Number(port ?? 0) || 0 }
}
