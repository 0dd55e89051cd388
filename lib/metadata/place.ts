/** Where a resource's document is: at a well-known place, with the resource's path inserted. RFC 9728 §3.1. */
import type { ResourceRequest } from '../core/http/request.js'
import { targetOf } from '../core/http/request-target.js'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

export interface Place {
  readonly url: string
  /** Compares the path as it was sent: dot segments and other escapes are another place. */
  readonly isTargetOf: (request: ResourceRequest) => boolean
}

/** The slash of an origin does not count. A query in a request counts only if the resource has one. */
export function placeOf({ origin, pathname, search }: URL): Place {
  const path = `${WELL_KNOWN}${pathname === '/' ? '' : pathname}`
  return {
    url: `${origin}${path}${search}`,
    isTargetOf: (request) => {
      const target = targetOf(request)
      if (!target.startsWith(path)) return false
      const rest = target.slice(path.length)
      return rest === search || (search === '' && rest.startsWith('?'))
    },
  }
}
