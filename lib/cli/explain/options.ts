/** The options of the server that explains: one issuer, whose own options stand at the top level. */
import type { IssuerOptions } from '../../core/options/types.js'
import type { Settings } from './settings.js'

type Options = Settings['options']

/**
 * What a preset returns takes precedence over the top level. With one issuer it means the same
 * there, and can be replaced by an option of the command or left out for the next refusal.
 */
export function flatOptions(options: Options): Options {
  const { issuer } = options
  if (typeof issuer !== 'object') return options
  const { issuer: name, jwksUri, metadataUrl, audienceClaim, ...token } = issuer as IssuerOptions
  const place = defined({ issuer: name, jwksUri, metadataUrl, audienceClaim })
  return { ...options, ...token, issuer: place } as Options
}

/** What is `undefined` replaces nothing. */
export function replaced(options: Options, by: object): Options {
  return { ...options, ...defined(by) }
}

function defined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

export function withAudienceClaim(options: Options, audienceClaim: string | undefined): Options {
  if (audienceClaim === undefined) return options
  const { issuer } = options
  const own = typeof issuer === 'string' ? { issuer } : (issuer as object)
  return { ...options, issuer: { ...own, audienceClaim } } as Options
}
