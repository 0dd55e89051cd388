/** Real proxies as child processes, with the configurations of docs/mtls.md. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { blocksOf } from '../../docs/support/markdown.js'
import type { Certified } from '../../mtls/support/certificates.js'
import { freePort } from '../../support/free-port.js'

export type ProxyName = 'nginx' | 'apache' | 'haproxy'

/** The files that the page's configurations name. */
export interface ProxyFiles {
  readonly server: Certified
  readonly authority: Certified
}

export interface Proxy {
  readonly port: number
  stop(): Promise<void>
}

interface Program {
  readonly command: string
  /** Runs in the foreground, so that it ends with the test. */
  readonly args: (folder: string) => readonly string[]
  /** What stands around the page's part, which is for a configuration that there is. */
  readonly wrap: (part: string, folder: string) => string
}

const APACHE_MODULES = '/usr/lib/apache2/modules'

const PROGRAMS: Readonly<Record<ProxyName, Program>> = {
  nginx: {
    command: '/usr/sbin/nginx',
    args: (folder) => ['-p', folder, '-c', path.join(folder, 'conf'), '-e', path.join(folder, 'log')],
    wrap: (part, folder) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      )
      return `daemon off; master_process off; pid ${folder}/pid; events {}
http { access_log off; ${temporary.join(' ')}
${part}
}`
    },
  },
  apache: {
    command: '/usr/sbin/apache2',
    args: (folder) => ['-D', 'FOREGROUND', '-f', path.join(folder, 'conf')],
    wrap: (part, folder) => {
      const names = ['mpm_event', 'authz_core', 'socache_shmcb', 'ssl', 'headers', 'proxy', 'proxy_http']
      return `${names.map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName localhost
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/log
User nobody
Group nogroup
SSLSessionCache shmcb:${folder}/sessions(512000)
Listen 443
${part}
`
    },
  },
  haproxy: {
    command: '/usr/sbin/haproxy',
    args: (folder) => ['-db', '-f', path.join(folder, 'conf')],
    wrap: (part) => `defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
${part}
`,
  },
}

const PAGE = 'docs/mtls.md'

/** A block of the page, by its language and the name of the proxy. */
export function blockOf(language: string, name: string): string {
  const blocks = blocksOf(PAGE).filter(({ info }) => info[0] === language && info[1] === name)
  if (blocks.length !== 1) throw new Error(`${PAGE} must have one block \`\`\`${language} ${name}`)
  return blocks[0]?.code ?? ''
}

const running = new Set<Proxy>()
afterAll(() => Promise.all([...running].map((proxy) => proxy.stop())))

/** Starts the proxy as the page says, with `change` made to it, in front of the application at `port`. */
export async function startProxy(
  name: ProxyName,
  files: ProxyFiles,
  app: number,
  change: (configuration: string) => string = (same) => same,
): Promise<Proxy> {
  const { command, args, wrap } = PROGRAMS[name]
  const folder = mkdtempSync(path.join(os.tmpdir(), `${name}-`))
  const port = await freePort()
  writeFiles(folder, files)
  const configuration = wrap(change(blockOf('text', name)), folder)
    .replaceAll('/etc/tls/', `${folder}/`)
    .replaceAll(/\b443\b/g, String(port))
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${app}`)
  writeFileSync(path.join(folder, 'conf'), configuration)
  const child = spawn(command, args(folder), { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  const failed = once(child, 'exit').then(() => {
    throw new Error(`${command} ended: ${errors}${logOf(folder)}`)
  })
  const proxy: Proxy = {
    port,
    stop: async () => {
      running.delete(proxy)
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  running.add(proxy)
  // Afterwards, it may end.
  failed.catch(() => undefined)
  await Promise.race([failed, listening(port, child)])
  return proxy
}

function writeFiles(folder: string, { server, authority }: ProxyFiles): void {
  writeFileSync(path.join(folder, 'server.pem'), server.cert)
  writeFileSync(path.join(folder, 'server.key'), server.key)
  writeFileSync(path.join(folder, 'server-and-key.pem'), server.cert + server.key)
  writeFileSync(path.join(folder, 'clients.pem'), authority.cert)
}

function logOf(folder: string): string {
  try {
    return readFileSync(path.join(folder, 'log'), 'utf8')
  } catch {
    return ''
  }
}

/** Also if it could not be started. */
function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (!hasEnded(child)) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await sleep(50)
  }
}
