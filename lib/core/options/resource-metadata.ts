/** The `resourceMetadata` option: a URL, or the result of `protectedResource()`. RFC 9728 §5.1. */
import { isString } from '../base/own.js'
import type { AdvertisedServer, ResourceMetadata } from '../http/resource-metadata.js'
import type { ServerSettings } from '../server/settings.js'
import type { OptionReader } from './reader.js'

export interface ParsedMetadata {
  /** `undefined` if only the URL is given. */
  readonly metadata: ResourceMetadata | undefined
  readonly metadataUrl: string | undefined
}

const PRINTABLE = /^[\x21-\x7e]+$/

export const NOT_A_SCOPE_OF_AN_API =
  'has "offline_access", which clients request for themselves. Leave it out'

export function parseResourceMetadata(top: OptionReader): ParsedMetadata {
  const value = top.value('resourceMetadata')
  if (isMetadata(value)) return { metadata: value, metadataUrl: value.url }
  if (value !== undefined && !isString(value))
    top.fail('resourceMetadata', 'must be a URL, or the result of protectedResource({ … })')
  const metadataUrl = top.string('resourceMetadata')
  if (metadataUrl !== undefined && !isPrintableUrl(metadataUrl))
    top.fail('resourceMetadata', 'must be a URL in ASCII, because it is sent in a header')
  return { metadata: undefined, metadataUrl }
}

/** The part of the settings that metadata can describe. */
export function advertised(settings: ServerSettings): AdvertisedServer {
  const { issuers, credentialPlaces, confirmation, requiresConfirmation } = settings
  return {
    issuers: issuers.kind === 'given' ? issuers.issuers.map(({ issuer }) => issuer) : undefined,
    places: credentialPlaces,
    confirmation,
    requiresConfirmation: requiresConfirmation || confirmation.some(({ isRequired }) => isRequired === true),
  }
}

/** `protectedResource()` returns a handler, so the value may be a function. */
function isMetadata(value: unknown): value is ResourceMetadata {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const { resource, url, answerFor, assertAgrees } = value as Partial<Record<keyof ResourceMetadata, unknown>>
  return (
    isPrintableUrl(resource) &&
    isPrintableUrl(url) &&
    typeof answerFor === 'function' &&
    typeof assertAgrees === 'function'
  )
}

function isPrintableUrl(value: unknown): value is string {
  return isString(value) && PRINTABLE.test(value) && URL.canParse(value)
}
