/** The signature algorithms of the demo (RFC 7518, RFC 8037), each in a line. */

export const ALGORITHM: Readonly<Record<string, string>> = {
  RS256:
    'RSA with PKCS #1 v1.5 padding, the one that everybody has. Keys and signatures are long, and checking is fast.',
  PS256: 'RSA with PSS padding: the same keys, a signature with a security proof.',
  ES256: 'ECDSA on the curve P-256: short keys and signatures. Checking costs more than with RSA.',
  EdDSA: 'Ed25519: short, fast, and hard to get wrong.',
  HS256:
    'HMAC with a shared secret. Whoever can check such a token can also make one, so every API that shares the secret can speak for the issuer; and the secret must be carried to each of them. A resource server rarely wants that: this API trusts published keys only, and refuses the token.',
}
