/** Room 2: the content of a token and its signing key, also of an encrypted or an opaque one. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { ALGORITHMS, API_ENCRYPTED, API_OPAQUE, apiBy, shop } from '../../names.js'
import { success } from '../exchange.js'
import { requestBySecret } from '../grants/client-secret.js'
import { CLAIMS, HEADER } from '../knowledge/claims.js'
import { colored } from '../parts/jwt.js'
import { emptyHanded, picker } from '../parts/picker.js'
import { encryptedView } from '../parts/encrypted.js'
import { membersList } from '../parts/members.js'
import { opaqueView } from '../parts/opaque.js'
import { signatureView } from '../parts/signature.js'
import { chosenToken, hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import { Story } from '../story.js'
import type { Format, Json } from '../tokens.js'
import { formatOf, inWords, read, secondsLeft } from '../tokens.js'
import { update } from '../update.js'
import type { Room } from './room.js'

const asking = new Story()
let kind: 'accessToken' | 'idToken' = 'accessToken'

function chooseKind(value: typeof kind) {
  kind = value
  update()
}

function ask(name: string, resource: string) {
  kind = 'accessToken'
  void asking.run(async () => {
    const exchange = await requestBySecret({ resource, scope: 'orders:read' })
    hold(name, shop.id, success<TokenAnswer>(exchange))
  })
}

export const lookInside: Room = {
  id: 'inside',
  title: 'Look inside',
  lead: 'A JWT is three pieces of text separated by dots. Anyone who has it can read it. Nobody can change it without invalidating the signature.',

  view() {
    return html`<section class="card tools" aria-label="Which token">
        <div>${chosenToken() ? picker('Token') : emptyHanded()} ${kinds()}</div>
        <div role="group" aria-label="Get one of a kind">
          <p class="label">Or get one of this kind</p>
          <p class="buttons">
            ${ALGORITHMS.map(
              (alg) => html`<button @click=${() => ask(`Signed with ${alg}`, apiBy(alg))}>${alg}</button>`,
            )}
            <button @click=${() => ask('Encrypted', API_ENCRYPTED)}>encrypted (JWE)</button>
            <button @click=${() => ask('Opaque', API_OPAQUE)}>opaque</button>
          </p>
          ${asking.problem === undefined ? nothing : html`<p class="problem" role="alert">${asking.problem}</p>`}
        </div>
      </section>
      ${inside()}`
  },
}

function kinds() {
  if (chosenToken()?.idToken === undefined) return nothing
  const button = (value: typeof kind, text: string) =>
    html`<button aria-pressed=${kind === value} @click=${() => chooseKind(value)}>${text}</button>`
  return html`<p class="buttons" role="group" aria-label="Which of the two tokens">
    ${button('accessToken', 'Access token, for the API')} ${button('idToken', 'ID token, for the client')}
  </p>`
}

const PAYLOAD = { part: 'payload', title: 'Payload', lead: 'The claims.', meanings: CLAIMS }

function inside() {
  const held = chosenToken()
  if (!held) return nothing
  const token = (kind === 'idToken' ? held.idToken : undefined) ?? held.accessToken
  return html`<section class="card" aria-labelledby="encoded">
      <h2 id="encoded">The token as it is sent</h2>
      <p class="encoded">${colored(token)}</p>
      <p class="quiet">${token.length} characters${ENCODING[formatOf(token)]}</p>
    </section>
    ${contentView(token)}`
}

const ENCODING: Readonly<Record<Format, string>> = {
  signed: ' in base64url. That encoding hides nothing.',
  encrypted:
    ' in base64url. That encoding hides nothing, but this token is encrypted: only its header is readable.',
  opaque: ' of random text.',
}

function contentView(token: string) {
  const format = formatOf(token)
  if (format === 'opaque') return opaqueView(token)
  const { header, claims } = read(token)
  return html`<div class="three">
    ${table({ part: 'header', title: 'Header', lead: 'How to process the rest.', members: header, meanings: HEADER })}
    ${claims ? table({ ...PAYLOAD, members: claims, extra: timeLeft(token) }) : nothing}
    ${format === 'encrypted' ? encryptedView(token) : signatureView(token)}
  </div>`
}

interface Table {
  readonly part: string
  readonly title: string
  readonly lead: string
  readonly members: Json
  readonly meanings: Readonly<Record<string, string>>
  readonly extra?: TemplateResult
}

function table({ part, title, lead, members, meanings, extra = html`` }: Table) {
  return html`<section class="card part ${part}" aria-labelledby="part-${part}">
    <h2 id="part-${part}">${title}</h2>
    <p>${lead}</p>
    ${extra} ${membersList(members, meanings)}
  </section>`
}

function timeLeft(token: string) {
  const left = secondsLeft(token)
  if (left === undefined) return html``
  const { claims = {} } = read(token)
  const lifetime = Number(claims['exp']) - Number(claims['iat'])
  return html`<p class="left">
    <span>${left > 0 ? `${inWords(left)} left` : `expired ${inWords(left)} ago`}</span>
    <meter aria-label="Time left" min="0" max=${lifetime} value=${Math.max(left, 0)}></meter>
  </p>`
}
