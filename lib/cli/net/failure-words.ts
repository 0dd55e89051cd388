/** Why a document could not be had, in plain words, and what to change. */
import type { NetworkReason } from '../../core/errors/upstream-error.js'
import type { CertificateFacts, CertificateProblem } from './certificate.js'
import type { NoDocument } from './document.js'

export interface Words {
  readonly code: string
  readonly text: string
  readonly advice: string
}

type Text = readonly [text: string, advice: string]

const NETWORK: Readonly<Record<NetworkReason, Text>> = {
  dns_not_found: [
    'the host name does not exist',
    'Compare the host with the one that your provider shows. Inside Docker or a VPN, names differ.',
  ],
  dns_timeout: ['no name server answers', 'Check the DNS settings of this machine or container.'],
  dns_failed: [
    'the name server answers with an error',
    'Check the DNS settings of this machine or container.',
  ],
  refused: [
    'the connection is refused: nothing listens on this port',
    'Start the authorization server, or correct host and port. In a container, localhost is the container itself.',
  ],
  unreachable: ['there is no route to the host', 'Check network, firewall and VPN.'],
  connect_timeout: [
    'the host does not accept the connection in time',
    'Check firewall and proxy. Behind a proxy, start Node.js with NODE_USE_ENV_PROXY=1.',
  ],
  reset: [
    'the connection ends before the answer does',
    'Look into the log of the server or of the proxy in front of it.',
  ],
  certificate: [
    'the certificate is not trusted',
    'Give the server a certificate of a known authority, or start Node.js with NODE_EXTRA_CA_CERTS=<file>.',
  ],
  tls: [
    'TLS fails: the port probably speaks plain HTTP',
    'Compare scheme and port with those of the server.',
  ],
  timeout: [
    'there is no complete answer in time',
    'Look into the log of the server, or raise keys.attemptTimeoutMs.',
  ],
  protocol: ['the answer is not HTTP', 'Compare scheme and port with those of the server.'],
  address_refused: [
    'the host has only private addresses',
    'Trust the issuer in the options, not through a resolver.',
  ],
  aborted: ['the request was stopped', 'Run the command again.'],
  other: ['the network fails', 'Look into the log of the server or of the proxy in front of it.'],
}

const CERTIFICATE: Readonly<Record<CertificateProblem, (facts: CertificateFacts) => Text>> = {
  certificate_expired: ({ validTo }) => [
    `the certificate expired on ${dayOf(validTo)}`,
    'Renew the certificate of the server. If it is new, check the clock of this machine.',
  ],
  certificate_not_yet_valid: ({ validFrom }) => [
    `the certificate is valid from ${dayOf(validFrom)} only`,
    'Check the clock of this machine.',
  ],
  certificate_wrong_name: ({ names }) => [
    `the certificate is for another name (${printable(names)})`,
    'Use a host name of the certificate, or give the server a certificate for this name.',
  ],
  certificate_self_signed: () => [
    'the certificate is self-signed',
    'Start Node.js with NODE_EXTRA_CA_CERTS=<file with this certificate>, or use a certificate of a known authority.',
  ],
  certificate_unknown_authority: () => [
    'the certificate is of an unknown authority',
    'Start Node.js with NODE_EXTRA_CA_CERTS=<file with the certificate of your authority>. Check that the server sends its intermediate certificates.',
  ],
}

/** One for each cause; a certificate may have several. */
export function wordsFor(failed: NoDocument): readonly Words[] {
  const { url, certificate } = failed
  const problems = certificate?.problems ?? []
  if (certificate !== undefined && problems.length > 0)
    return problems.map((problem) => toWords(url, problem, CERTIFICATE[problem](certificate)))
  return [toWords(url, codeOf(failed), textOf(failed))]
}

function toWords(url: URL, code: string, [text, advice]: Text): Words {
  return { code, text: `${url.href}: ${text}.`, advice }
}

function codeOf({ problem, reason }: NoDocument): string {
  return problem === 'network' || problem === 'timeout' ? (reason ?? problem) : problem
}

function textOf(failed: NoDocument): Text {
  switch (failed.problem) {
    case 'network':
    case 'timeout':
      return NETWORK[failed.reason ?? 'other']
    case 'too_large':
      return [
        'the document is larger than 256 KiB',
        'Check that this is the right URL. If it is, raise keys.maxBytes.',
      ]
    case 'redirect':
      return redirectText(failed)
    case 'status':
      return statusText(failed.answer?.status ?? 0)
    case 'not_json':
      return notJsonText(failed)
  }
}

function redirectText({ location }: NoDocument): Text {
  if (location === undefined)
    return ['the answer is a redirect without a usable place', 'Correct the redirect at the server.']
  const to = `${location.origin}${location.pathname}`
  return [
    `it redirects to ${to}. Redirects to another host, scheme or port are not followed, nor more than 3`,
    `Write the address at the end, if it is your issuer's: ${to}`,
  ]
}

function statusText(status: number): Text {
  if (status === 404)
    return [
      'the answer is 404: there is no such document',
      'Compare the URL with the one that your provider shows.',
    ]
  if (status === 401 || status === 403)
    return [
      `the answer is ${String(status)}: the document is not public`,
      'Let anybody read it: metadata and public keys are no secrets. Look for a firewall or a login in front of it.',
    ]
  if (status === 429)
    return [
      'the answer is 429: too many requests',
      'Wait a minute. If it stays, ask your provider about its limits.',
    ]
  if (status >= 500)
    return [
      `the answer is ${String(status)}: the server fails`,
      'Look into the log of the authorization server.',
    ]
  return [`the answer is ${String(status)}`, 'Compare the URL with the one that your provider shows.']
}

function notJsonText({ answer }: NoDocument): Text {
  const isHtml = /^\s*</.test(answer?.body ?? '')
  return isHtml
    ? [
        'the answer is a page of HTML, not JSON',
        'Compare the URL: a login page, an error page or the home page of an application is served there.',
      ]
    : ['the answer is not JSON', 'Compare the URL with the one that your provider shows.']
}

function dayOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10)
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
