/** An encrypted token (JWE, RFC 7516): its five parts, and what the API's private key makes of them. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { contentKeyOf, contentOf } from '../decryption.js'
import { storyPerToken } from '../story.js'
import type { Story } from '../story.js'
import { meOf } from '../routes.js'
import { read } from '../tokens.js'
import { whyRefused } from '../why.js'
import { checkSignature } from './signature.js'
import { storyView } from './story-view.js'

const PARTS = [
  ['header', 'readable, but protected against changes'],
  ['encrypted key', 'the content key, readable only with the API’s private key'],
  ['initialization vector', 'random, so that equal tokens look different'],
  ['ciphertext', 'a complete signed token, unreadable'],
  ['authentication tag', 'reveals any change'],
] as const

const storyOf = storyPerToken()

async function decryptInSteps(story: Story, token: string) {
  story.tell({
    title: 'Part 1, the header, names the key',
    note: 'It says how the content key is encrypted (alg), how the content is (enc), and which of the API’s keys opens it (kid).',
    code: inLines(read(token).header),
  })
  const contentKey = await contentKeyOf(token)
  story.tell({
    title: 'The API’s private key decrypts part 2, the content key',
    note: `An AES key that the issuer made for this token only: ${contentKey.length * 8} bits. Anyone can encrypt one with the public key, which the API serves at /jwks. Only the private key decrypts it. A real API never hands that out; this one does, so that you can watch.`,
    code: hex(contentKey),
  })
  const inner = await contentOf(token, contentKey)
  story.tell({
    title: 'The content key decrypts part 4, the content',
    note: 'Part 3 is where the cipher starts. Part 5, the tag, proves that neither the content nor the header was changed. What comes out is a JWT:',
    code: inner,
  })
  const { header, claims = {} } = read(inner)
  story.tell({
    title: 'Inside, a signed JWT, whose header names the issuer’s key',
    note: await signatureInWords(inner),
    code: inLines(header),
  })
  story.tell({
    title: 'Its claims',
    note: 'Whoever carries the token cannot read them, not even the client that requested it.',
    claims,
  })
  const exchange = await meOf(token)
  const isAccepted = exchange.answer.status < 400
  const title = `GET /me ${isAccepted ? 'accepts' : 'refuses'} the encrypted token`
  const note = isAccepted
    ? 'The API did the same, and checked the JWT inside like one that comes alone.'
    : await whyRefused(exchange)
  story.tell({ title, note, exchange })
}

async function signatureInWords(inner: string) {
  const { isValid, problem = '' } = await checkSignature(inner)
  const verdict =
    isValid === undefined
      ? problem
      : `Checked in your browser: the signature is ${isValid ? '' : 'not '}valid.`
  return `Decryption proves nothing about the sender, because the encryption key is public. The signature does. ${verdict}`
}

export function encryptedView(token: string): TemplateResult {
  const { parts } = read(token)
  const story = storyOf(token)
  return html`<section class="card part payload wide" aria-labelledby="part-encrypted">
    <h2 id="part-encrypted">Encrypted: five parts, only one readable</h2>
    <p>
      Encryption hides the claims from the client that carries the token. The price: the API needs a private
      key of its own.
    </p>
    <dl class="apart">
      ${PARTS.map(
        ([name, meaning], index) =>
          html`<div>
            <dt><code>${name}</code></dt>
            <dd>
              <strong>${parts[index]?.length ?? 0} characters</strong><br /><span class="quiet"
                >${meaning}</span
              >
            </dd>
          </div>`,
      )}
    </dl>
    <p>
      <button
        class="primary"
        aria-disabled=${story.isRunning}
        @click=${() => void story.run((each) => decryptInSteps(each, token))}
      >
        Decrypt it with the API’s key
      </button>
    </p>
    ${story.steps.length === 0 ? nothing : storyView(story)}
  </section>`
}

function inLines(value: unknown) {
  return JSON.stringify(value, undefined, 2)
}

function hex(bytes: Uint8Array) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
