/** Names that the DPoP tests share with their authorization server. */

export const API = 'https://api.example.com'
export const SCOPE = 'orders:read'
export const PERSON = 'ada'

/** A client of its own account. */
export const MACHINE = { id: 'machine', secret: 'machine-secret-of-32-characters-x' }

/** A public client, for people. */
export const APP = { id: 'app' }
export const REDIRECT_URI = 'http://127.0.0.1/callback'
