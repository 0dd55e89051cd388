import { firebase } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const PROJECT = 'example-1a2b3'
const UID = 'Xk893u23H9SI893aB1cD2eF3gH4i'

const documents = {
  'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com': {
    keys: [publishedKey()],
  },
}

const user: TokenShape = {
  claims: {
    iss: `https://securetoken.google.com/${PROJECT}`,
    aud: PROJECT,
    auth_time: 1_749_990_000,
    user_id: UID,
    sub: UID,
    name: 'Jane',
    picture: 'https://example.com/jane.png',
    email: 'jane@example.com',
    email_verified: true,
    roles: ['editor'],
    firebase: { identities: { email: ['jane@example.com'] }, sign_in_provider: 'password' },
  },
}

const anonymous: TokenShape = {
  claims: {
    iss: `https://securetoken.google.com/${PROJECT}`,
    aud: PROJECT,
    provider_id: 'anonymous',
    auth_time: 1_749_990_000,
    user_id: UID,
    sub: UID,
    firebase: { identities: {}, sign_in_provider: 'anonymous' },
  },
}

testTokens('A server for a Firebase project', {
  issuer: firebase({ projectId: PROJECT }),
  server: {},
  documents,
  accepted: [
    ['the ID token of a user', user, { subject: UID, scopes: [], roles: ['editor'], audience: [PROJECT] }],
    ['the ID token of an anonymous user', anonymous, { subject: UID, roles: [] }],
    ['a custom claim that would mark an ID token elsewhere', changed(user, { events: ['launch'] }), {}],
  ],
  refused: [
    [
      'a token of another project',
      changed(user, { iss: 'https://securetoken.google.com/other-project', aud: 'other-project' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    [
      'a token for another audience',
      changed(user, { aud: 'other-project' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a session cookie',
      changed(user, { iss: `https://session.firebase.google.com/${PROJECT}` }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    [
      'an ID token of Google',
      changed(user, { iss: 'https://accounts.google.com', aud: '1-a.apps.googleusercontent.com' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    [
      'a custom token, which clients exchange for an ID token',
      {
        claims: {
          iss: 'firebase-adminsdk-x@example-1a2b3.iam.gserviceaccount.com',
          sub: 'firebase-adminsdk-x@example-1a2b3.iam.gserviceaccount.com',
          aud: 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit',
          uid: UID,
        },
      },
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    ['a token of nobody', changed(user, { sub: '' }), { code: 'ERR_CLAIM_MISSING' }],
  ],
})

describe('firebase()', () => {
  testMistakes(firebase, [
    ['no object', PROJECT, "firebase: must be an object, such as { projectId: 'example-1a2b3' }"],
    ['an unset variable', { projectId: undefined }, 'firebase.projectId: is required'],
    ['the project number', { projectId: '123456789012' }, 'firebase.projectId: is the project number'],
    ['an app id', { projectId: '1:123456789012:web:abc' }, 'firebase.projectId: is an app id'],
    ['an API key', { projectId: 'AIzaSyD-example' }, 'firebase.projectId: is an API key'],
    ['a domain', { projectId: `${PROJECT}.firebaseapp.com` }, 'firebase.projectId: is a domain'],
    [
      'the issuer',
      { projectId: `https://securetoken.google.com/${PROJECT}` },
      'firebase.projectId: is a URL',
    ],
    ['the name of the project', { projectId: 'My Project' }, 'firebase.projectId: must be a project id'],
    ['a misspelled option', { project: PROJECT }, 'firebase.project: there is no such option'],
  ])

  test('takes the ids of old projects of domains', () => {
    expect(firebase({ projectId: 'example.com:my-project' }).audience).toBe('example.com:my-project')
  })
})
