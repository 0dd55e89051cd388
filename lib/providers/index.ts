/** Issuer options of well-known providers, from the words that the provider itself uses. */
export { auth0 } from './auth0.js'
export type { Auth0Options } from './auth0.js'
