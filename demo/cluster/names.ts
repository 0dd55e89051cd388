/** Names that the client and the workers agree on. */
export const AUDIENCE = 'https://api.test'
export const PUBLIC_URL = 'https://api.test'
