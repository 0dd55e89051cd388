/** Looks at the keys of an issuer one by one: which can verify tokens, by which algorithms, and why others cannot. */
import { isObject, isString, own } from '../../core/base/own.js'
import type { JwkProblem } from '../../core/errors/upstream-error.js'
import { toVerificationKey } from '../../core/jws/verification-key.js'
import type { Finding } from '../finding.js'
import { fetchDocument, isDocument } from '../net/document.js'
import type { Document } from '../net/document.js'
import { wordsFor } from '../net/failure-words.js'
import type { Limits } from '../net/probe.js'

/** One member of a key set. */
export interface KeyFacts {
  readonly kid: string | undefined
  readonly kty: string | undefined
  /** The algorithms that it verifies; empty for one that is not used. */
  readonly algorithms: readonly string[]
  readonly problem: JwkProblem | undefined
}

export interface Keys {
  readonly findings: readonly Finding[]
  readonly keys: readonly KeyFacts[]
  readonly document: Document | undefined
}

const STEP = 'keys'
const MAX_KEYS = 100
const MAX_SHOWN_LENGTH = 80

const WORDS: Readonly<Record<JwkProblem, string>> = {
  not_a_jwk: 'is not a key: it has no kty',
  private_key: 'is a private key. Whoever reads this document can forge tokens: replace the key at once',
  symmetric_key: 'is a secret. Whoever reads this document can forge tokens: replace it at once',
  not_for_signatures: 'is for encryption (use or key_ops), not for signatures',
  unsupported: 'has a type, curve or algorithm that this package does not verify',
  malformed: 'is malformed',
  weak: 'is too weak: RSA needs 2048 bits or more, and no key may be known or have a special structure',
}

export async function checkKeys(url: URL, limits: Limits): Promise<Keys> {
  const fetched = await fetchDocument(url, limits)
  if (!isDocument(fetched)) {
    const findings = wordsFor(fetched).map((words) => ({ step: STEP, outcome: 'problem' as const, ...words }))
    return { findings, keys: [], document: undefined }
  }
  const members: unknown = isObject(fetched.json) ? own(fetched.json, 'keys') : undefined
  if (!Array.isArray(members)) return { ...notAKeySet(url), keys: [], document: fetched }
  const list: readonly unknown[] = members
  const keys = list.slice(0, MAX_KEYS).map(toFacts)
  return { findings: [summary(url, list.length, keys), ...keys.flatMap(finding)], keys, document: fetched }
}

function notAKeySet(url: URL): Pick<Keys, 'findings'> {
  const text = `${url.href}: the answer is JSON, but no key set: it has no array "keys".`
  const advice = 'Compare the URL with the jwks_uri that your provider shows.'
  return { findings: [problem('not_a_key_set', text, advice)] }
}

function toFacts(jwk: unknown): KeyFacts {
  const key = toVerificationKey(jwk)
  const named = (name: string): string | undefined => {
    const value: unknown = isObject(jwk) ? own(jwk, name) : undefined
    return isString(value) && value !== '' ? printable(value) : undefined
  }
  const names = { kid: named('kid'), kty: named('kty') }
  return typeof key === 'string'
    ? { ...names, algorithms: [], problem: key }
    : { ...names, algorithms: [...key.checks.keys()], problem: undefined }
}

function summary(url: URL, count: number, keys: readonly KeyFacts[]): Finding {
  if (count > MAX_KEYS) {
    const text = `${url.href} has ${String(count)} keys; at most ${String(MAX_KEYS)} are read.`
    return problem('too_many_keys', text, 'If they are all needed, raise keys.maxKeys.')
  }
  if (count === 0) {
    const text = `${url.href} is a key set without keys.`
    return problem(
      'no_usable_key',
      text,
      'Make the issuer publish its signing keys: look at its key settings.',
    )
  }
  const usable = keys.filter((each) => each.problem === undefined)
  if (usable.length === 0) {
    const text = `${url.href} has ${plural(count, 'key')}, none of which can verify tokens.`
    return problem(
      'no_usable_key',
      text,
      'Make the issuer sign with RS256, ES256 or better, and publish that key.',
    )
  }
  const text = `${url.href} has ${plural(count, 'key')}, ${String(usable.length)} of which can verify tokens.`
  return { step: STEP, outcome: 'good', text }
}

function finding(key: KeyFacts): Finding {
  const name = `${key.kid === undefined ? 'a key without kid' : `key "${key.kid}"`}${key.kty === undefined ? '' : ` (${key.kty})`}`
  if (key.problem === undefined)
    return { step: STEP, outcome: 'good', text: `${name}: ${key.algorithms.join(', ')}` }
  const isLeak = key.problem === 'private_key' || key.problem === 'symmetric_key'
  const isExpected = key.problem === 'not_for_signatures'
  return {
    step: STEP,
    outcome: isLeak ? 'problem' : isExpected ? 'note' : 'warning',
    code: `key_${key.problem}`,
    text: `${name} ${WORDS[key.problem]}`,
  }
}

function problem(code: string, text: string, advice: string): Finding {
  return { step: STEP, outcome: 'problem', code, text, advice }
}

function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_SHOWN_LENGTH)
}
