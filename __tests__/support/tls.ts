/** A self-signed certificate for localhost, valid until 2126. */
import { createPrivateKey } from 'node:crypto'

const key = createPrivateKey({
  key: {
    kty: 'EC',
    x: 'kh_qOuPUPQJ4gBbKTggEB39ZcIn7a9pVKWPKjhe7Bf8',
    y: '2HUfH5quj2oqUx0XefylLWr_u60SkqVQHyUlE_fs4Co',
    crv: 'P-256',
    d: 'LJ6me4p3gnlHG1zvwtuC96a2Ap5Wu2M1k0jQ__Z9Uys',
  },
  format: 'jwk',
})

const der = [
  'MIIBmjCCAUGgAwIBAgIUbAevt+uaZ68QT3QKWLhBrsI87jQwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAX',
  'DTI2MTEyMjAzNDU1MFoYDzIxMjYxMDI5MDM0NTUwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
  'PQMBBwNCAASSH+o649Q9AniAFspOCAQHf1lwiftr2lUpY8qOF7sF/9h1Hx+aro9qKlMdF3n8pS1q/7utEpKlUB8lJRP37OAq',
  'o28wbTAdBgNVHQ4EFgQU47GsHsQbN692ZMnXVBvwVIrDJAQwHwYDVR0jBBgwFoAU47GsHsQbN692ZMnXVBvwVIrDJAQwDwYD',
  'VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDRwAwRAIgNQvfC7W+rqz4asWz',
  '/nRauMjjGgXEfDf89acf0hsZ4mACIEwBpIdSMPQTKCKUxdPfVfGz6MwSf9PqOBo8uZaZaum2',
]

export const selfSigned = {
  key: key.export({ type: 'pkcs8', format: 'pem' }),
  cert: `-----BEGIN CERTIFICATE-----\n${der.join('\n')}\n-----END CERTIFICATE-----\n`,
}
