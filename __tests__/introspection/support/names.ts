/** What the authorization server and its clients have in common. */
export const API = 'https://api.example'
export const SECRET = 'a secret: 100% p%+&='
