/** A token's signature: finds the key in the issuer's key set, and verifies it in the browser. */
import { compactVerify, importJWK } from 'jose'
import type { JWK } from 'jose'
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { SHARED_SECRET } from '../../names.js'
import { ALGORITHM } from '../knowledge/algorithms.js'
import { loadKeys } from '../store/servers.js'
import { read } from '../tokens.js'
import { update } from '../update.js'

export interface Checked {
  readonly key?: JWK
  readonly isValid?: boolean
  readonly problem?: string
  /** When to check again. Default: never. */
  readonly again?: number
}

const AGAIN_MS = 4000
const results = new Map<string, Checked>()

function checked(token: string): Checked {
  const known = results.get(token)
  if (known === undefined || (known.again ?? Infinity) <= Date.now()) {
    results.set(token, { ...known, again: Infinity })
    void checkSignature(token).then((result) => {
      results.set(token, result)
      update()
    })
  }
  return known ?? {}
}

export async function checkSignature(token: string): Promise<Checked> {
  const { alg, kid } = read(token).header
  if (alg === 'HS256') return { isValid: await fits(token, new TextEncoder().encode(SHARED_SECRET)) }
  try {
    const { keys } = await loadKeys()
    const key = keys.find((each) => each.kid === kid)
    if (!key) return { problem: 'The issuer no longer publishes the key that signed this token.' }
    return { key, isValid: await fits(token, await importJWK(key, String(alg))) }
  } catch {
    return { problem: 'The issuer’s keys are unavailable at the moment.', again: Date.now() + AGAIN_MS }
  }
}

async function fits(token: string, key: Parameters<typeof compactVerify>[1]) {
  return compactVerify(token, key).then(
    () => true,
    () => false,
  )
}

export function signatureView(token: string): TemplateResult {
  const { key, isValid, problem } = checked(token)
  const algorithm = String(read(token).header['alg'])
  return html`<section class="card part signature" aria-labelledby="part-signature">
    <h2 id="part-signature">Signature</h2>
    <p>${ALGORITHM[algorithm] ?? algorithm}</p>
    ${isValid === undefined ? nothing : verdict(isValid)}
    ${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}
    ${
      key
        ? html`<p>The public key, from the issuer’s key set:</p>
            <pre>${JSON.stringify(key, undefined, 2)}</pre>`
        : nothing
    }
  </section>`
}

function verdict(isValid: boolean) {
  const text = isValid
    ? 'Checked in your browser: the signature is valid.'
    : 'Checked in your browser: the signature is not valid.'
  return html`<p class=${isValid ? 'verdict good' : 'verdict bad'}>${text}</p>`
}
