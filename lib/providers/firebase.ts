/** Firebase Authentication: each project is an issuer, and its ID tokens are what APIs get. */
import type { IssuerWithAudience } from '../core/options/types.js'
import { readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of the Firebase console. */
export interface FirebaseOptions {
  /** The "Project ID" in the project settings, not the name, the number or a domain. */
  readonly projectId: string
}

const EXAMPLE = 'example-1a2b3'

const PROJECT_ID: WordShape = {
  // Old projects of Google Workspace domains are named `example.com:project`.
  pattern: /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  what: 'a project id',
  example: EXAMPLE,
  mistakes: [
    [/^\d+$/, `is the project number. Write the project id, such as ${EXAMPLE}`],
    [/^1:\d+:/, `is an app id. Write the project id, such as ${EXAMPLE}`],
    [/^AIza/, `is an API key. Write the project id, such as ${EXAMPLE}`],
    [/\.(?:firebaseapp\.com|web\.app)$/, `is a domain. Write the project id, such as ${EXAMPLE}`],
    [/:\/\//, `is a URL. Write the project id, such as ${EXAMPLE}`],
  ],
}

/**
 * The issuer options, with their audience, of a Firebase project. Its clients send their ID token:
 * there is no other JWT. It has no scopes; roles are custom claims, by default the claim `roles`.
 * Does not check that a user is still enabled, that an email address is verified, or the tenant.
 *
 * @example
 * resourceServer({ issuer: firebase({ projectId: 'example-1a2b3' }) })
 *
 * @throws {ConfigurationError} for a wrong option, such as a project number.
 */
export function firebase(options: FirebaseOptions): IssuerWithAudience {
  const reader = readWords('firebase', options, ['projectId'], `{ projectId: '${EXAMPLE}' }`)
  const projectId = readWord(reader, 'projectId', PROJECT_ID)
  return {
    issuer: `https://securetoken.google.com/${projectId}`,
    jwksUri: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    algorithms: ['RS256'],
    audience: projectId,
    requiredClaims: ['sub'],
    idTokenMarks: {},
  }
}
