/** Looks at each place where the metadata of an issuer may be. RFC 8414 §3, OpenID Connect Discovery 1.0 §4. */
import { isObject, isString, own } from '../../core/base/own.js'
import type { JsonObject } from '../../core/base/own.js'
import { metadataUrls } from '../../core/keys/metadata.js'
import { parseLinkedUrl } from '../../core/net/urls.js'
import type { Finding } from '../finding.js'
import { fetchDocument, isDocument } from '../net/document.js'
import type { Document, NoDocument } from '../net/document.js'
import { wordsFor } from '../net/failure-words.js'
import type { Limits } from '../net/probe.js'
import { compareWords } from '../provider/preset.js'
import type { IssuerArguments } from '../server-options.js'
import { issuerFinding } from './issuer-comparison.js'

export interface Discovery {
  readonly findings: readonly Finding[]
  /** The first good document, for its headers. */
  readonly document: Document | undefined
  readonly jwksUri: URL | undefined
  /** The host that failed before any document was there. */
  readonly failed: NoDocument | undefined
}

const STEP = 'discovery'

/** With `--jwks-uri` nothing is discovered. */
export async function discover(args: IssuerArguments, limits: Limits): Promise<Discovery> {
  const { jwksUri, metadataUrl, issuer } = args
  if (jwksUri !== undefined) return given(new URL(jwksUri), args)
  const places = metadataUrl === undefined ? metadataUrls(new URL(issuer)) : [new URL(metadataUrl)]
  const fetched = await fetchAll(places, limits)
  const found = fetched.filter(isDocument)
  const first = found.find(({ json }) => isObject(json) && own(json, 'issuer') === issuer) ?? found[0]
  const failed = fetched.filter((each): each is NoDocument => !isDocument(each))
  if (first === undefined) return { ...nothing(failed, args), document: undefined, jwksUri: undefined }
  const misses = failed.map((each) => ({ ...missFinding(each), outcome: 'note' as const }))
  return { ...accepted(first, args, misses), document: first, failed: undefined }
}

function given(jwksUri: URL, { preset }: IssuerArguments): Discovery {
  const who =
    preset === undefined ? 'the keys are at the given --jwks-uri' : `${preset.name}() knows the keys`
  const text = `Skipped: ${who}.`
  return {
    findings: [{ step: STEP, outcome: 'note', text }],
    document: undefined,
    jwksUri,
    failed: undefined,
  }
}

/** A host that cannot be reached is asked once. */
async function fetchAll(places: readonly URL[], limits: Limits): Promise<readonly (Document | NoDocument)[]> {
  const fetched: (Document | NoDocument)[] = []
  for (const url of places) {
    const each = await fetchDocument(url, limits)
    fetched.push(each)
    if (!isDocument(each) && (each.problem === 'network' || each.problem === 'timeout')) break
  }
  return fetched
}

function nothing(
  failed: readonly NoDocument[],
  args: IssuerArguments,
): Pick<Discovery, 'findings' | 'failed'> {
  const notFound = failed.filter(isNotFound)
  if (notFound.length === failed.length)
    return { findings: [notFoundFinding(notFound, args)], failed: undefined }
  const worst = failed.filter((each) => !isNotFound(each))
  return {
    findings: worst.flatMap((each) =>
      wordsFor(each).map((words) => ({ step: STEP, outcome: 'problem' as const, ...words })),
    ),
    failed: worst.find(({ problem }) => problem === 'network' || problem === 'timeout'),
  }
}

function isNotFound({ problem, answer }: NoDocument): boolean {
  return problem === 'status' && answer?.status === 404
}

function notFoundFinding(places: readonly NoDocument[], { preset }: IssuerArguments): Finding {
  return {
    step: STEP,
    outcome: 'problem',
    code: 'metadata_not_found',
    text: `The issuer has no metadata at ${places.map(({ url }) => url.href).join(' or ')}.`,
    advice:
      preset === undefined
        ? 'Compare --issuer with the "issuer" that your provider shows, path and case too. If it has no metadata, write issuer: { issuer, jwksUri }.'
        : compareWords(preset),
  }
}

function missFinding(failed: NoDocument): Pick<Finding, 'step' | 'text'> {
  const [words] = wordsFor(failed)
  return { step: STEP, text: words?.text ?? failed.url.href }
}

function accepted(
  { answer, json }: Document,
  args: IssuerArguments,
  misses: readonly Finding[],
): Pick<Discovery, 'findings' | 'jwksUri'> {
  const found: Finding = { step: STEP, outcome: 'good', text: `${answer.url.href} answers.` }
  if (!isObject(json)) {
    const text = `${answer.url.href}: the answer is JSON, but not an object.`
    const advice = 'Compare the URL with the one that your provider shows.'
    return {
      findings: [{ step: STEP, outcome: 'problem', code: 'not_json', text, advice }],
      jwksUri: undefined,
    }
  }
  const keys = readJwksUri(json, answer.url, args)
  return {
    findings: [found, ...misses, issuerFinding(own(json, 'issuer'), args), ...keys.findings],
    jwksUri: keys.jwksUri,
  }
}

function readJwksUri(
  json: JsonObject,
  from: URL,
  { allowInsecureHttp, issuer }: IssuerArguments,
): { readonly findings: readonly Finding[]; readonly jwksUri: URL | undefined } {
  const value = own(json, 'jwks_uri')
  if (!isString(value)) {
    const text = 'The metadata has no jwks_uri, so that it does not say where the keys are.'
    const advice =
      'Write the place yourself: issuer: { issuer, jwksUri }. If the issuer publishes no keys, its tokens are opaque or HS256: use introspection, or its secret.'
    return { findings: [problem('jwks_uri_missing', text, advice)], jwksUri: undefined }
  }
  const jwksUri = parseLinkedUrl(value, from, { allowInsecureHttp })
  if (jwksUri === undefined) {
    const text = `The metadata names keys at a URL that is refused: ${shown(value)}.`
    const advice =
      'Keys need https; plain http is for loopback. Set the public address at the authorization server (Keycloak: hostname), or write issuer: { issuer, jwksUri }.'
    return { findings: [problem('jwks_uri_refused', text, advice)], jwksUri: undefined }
  }
  return { findings: otherHost(jwksUri, new URL(issuer)), jwksUri }
}

/** Large providers do so, but where it is a mistake it explains all that follows. */
function otherHost(jwksUri: URL, issuer: URL): readonly Finding[] {
  if (jwksUri.host === issuer.host) return []
  const text = `The keys are on another host: ${jwksUri.host}.`
  const advice =
    'Fine if your provider does so: allow both hosts in your firewall. An internal name here means that the authorization server does not know its public address.'
  return [{ step: 'metadata', outcome: 'note', code: 'jwks_uri_other_host', text, advice }]
}

function problem(code: string, text: string, advice: string): Finding {
  return { step: 'metadata', outcome: 'problem', code, text, advice }
}

/** Without what may be a secret in it. */
function shown(text: string): string {
  if (!URL.canParse(text)) return 'it is not an absolute URL'
  const { origin, pathname, protocol, host } = new URL(text)
  return origin === 'null' ? `${protocol}//${host}` : `${origin}${pathname}`
}
