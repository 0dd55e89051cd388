import { supabase } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const REF = 'abcdefghijklmnopqrst'
const ISSUER = `https://${REF}.supabase.co/auth/v1`

const documents = {
  [`${ISSUER}/.well-known/jwks.json`]: { keys: [publishedKey({ key_ops: ['verify'], ext: true }, 'ES256')] },
}

const user: TokenShape = {
  header: { alg: 'ES256' },
  claims: {
    iss: ISSUER,
    sub: '123e4567-e89b-12d3-a456-426614174000',
    aud: 'authenticated',
    email: 'jane@example.com',
    phone: '',
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: {},
    role: 'authenticated',
    aal: 'aal1',
    amr: [{ method: 'password', timestamp: 1_749_990_000 }],
    session_id: 'f1e2d3c4-b5a6-7890-1234-567890abcdef',
    is_anonymous: false,
  },
}

testTokens('A server for a Supabase project', {
  issuer: supabase({ projectRef: REF }),
  server: {},
  documents,
  accepted: [
    [
      'the token of a user',
      user,
      { subject: '123e4567-e89b-12d3-a456-426614174000', roles: ['authenticated'], scopes: [] },
    ],
    [
      'the token of an OAuth client',
      changed(user, { client_id: '9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d' }),
      { clientId: '9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d' },
    ],
    ['the token of an anonymous user', changed(user, { is_anonymous: true, email: '' }), {}],
  ],
  refused: [
    [
      'an ID token for an OAuth client',
      {
        header: { alg: 'ES256' },
        claims: {
          iss: ISSUER,
          sub: '123e4567-e89b-12d3-a456-426614174000',
          aud: '9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d',
          auth_time: 1_749_990_000,
          email: 'jane@example.com',
        },
      },
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' },
    ],
    [
      'a token of another project',
      changed(user, { iss: 'https://zyxwvutsrqponmlkjihg.supabase.co/auth/v1' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    [
      'a token signed with the legacy secret',
      changed(user, {}, { alg: 'HS256' }),
      { code: 'ERR_ALGORITHM_NOT_ALLOWED', hint: 'symmetric_algorithm' },
    ],
    [
      'a key such as `anon`, if anything signed it',
      { header: { alg: 'ES256' }, claims: { iss: 'supabase', ref: REF, role: 'anon' } },
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
  ],
})

const local = 'http://127.0.0.1:54321'

describe('supabase()', () => {
  test.each([
    ['https://auth.example.com', 'https://auth.example.com/auth/v1'],
    [local, `${local}/auth/v1`],
  ])('takes the URL %s', (url, issuer) => {
    expect(supabase({ url })).toMatchObject({ issuer, jwksUri: `${issuer}/.well-known/jwks.json` })
  })

  testMistakes(supabase, [
    ['no object', REF, "supabase: must be an object, such as { projectRef: 'abcdefghijklmnopqrst' }"],
    ['neither', {}, 'supabase.projectRef: is required, or one of its alternatives'],
    ['both', { projectRef: REF, url: local }, 'supabase.url: contradicts projectRef'],
    ['a URL', { projectRef: `https://${REF}.supabase.co` }, 'supabase.projectRef: is a URL or a host'],
    [
      'another URL',
      { projectRef: 'https://example.com' },
      'supabase.projectRef: is a URL. Write the project id',
    ],
    ['a publishable key', { projectRef: 'sb_publishable_abc' }, 'supabase.projectRef: is a key'],
    ['the name of the project', { projectRef: 'My project' }, 'supabase.projectRef: must be a project id'],
    ['the issuer', { url: 'https://auth.example.com/auth/v1' }, 'supabase.url: has the path of a service'],
    ['a final slash', { url: 'https://auth.example.com/' }, 'supabase.url: ends with a slash'],
    ['plain http', { url: 'http://auth.example.com' }, 'supabase.url: must be an https URL'],
  ])
})
