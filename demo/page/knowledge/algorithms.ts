/** Short descriptions of the demo's signature algorithms (RFC 7518, RFC 8037). */

export const ALGORITHM: Readonly<Record<string, string>> = {
  RS256:
    'RSA with PKCS #1 v1.5 padding, which every library supports. Keys and signatures are long, and verification is fast.',
  PS256: 'RSA with PSS padding: the same keys as RS256, and signatures with a security proof.',
  ES256: 'ECDSA on the P-256 curve: short keys and signatures. Verification is slower than with RSA.',
  EdDSA: 'Ed25519: short, fast and hard to misuse.',
  HS256:
    'HMAC with a shared secret. Anyone who can verify such a token can also create one, so every API that has the secret can impersonate the issuer. The secret must also be distributed to each of them. Resource servers rarely want that. This API trusts published keys only and refuses the token.',
}
