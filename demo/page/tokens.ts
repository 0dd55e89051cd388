/** Decodes tokens without verifying them, as anyone can who has one. */
import { base64url } from 'jose'

export type Json = Readonly<Record<string, unknown>>

export interface Readable {
  readonly parts: readonly string[]
  readonly header: Json
  /** Absent when the token is encrypted or opaque. */
  readonly claims?: Json
}

export type Format = 'signed' | 'encrypted' | 'opaque'

export function formatOf(token: string): Format {
  const { length } = token.split('.')
  if (length === 5) return 'encrypted'
  return length === 3 ? 'signed' : 'opaque'
}

export function read(token: string): Readable {
  const parts = token.split('.')
  const [header = '', payload = ''] = parts
  return { parts, header: parse(header), ...(parts.length === 3 && { claims: parse(payload) }) }
}

function parse(part: string): Json {
  try {
    return JSON.parse(new TextDecoder().decode(base64url.decode(part))) as Json
  } catch {
    return {}
  }
}

export function encode(value: unknown): string {
  return base64url.encode(new TextEncoder().encode(JSON.stringify(value)))
}

export function scopesOf(token: string): readonly string[] {
  const scope = read(token).claims?.['scope']
  return typeof scope === 'string' ? scope.split(' ') : []
}

export function secondsLeft(token: string): number | undefined {
  const expiry = read(token).claims?.['exp']
  return typeof expiry === 'number' ? Math.ceil(expiry - Date.now() / 1000) : undefined
}

export function inWords(seconds: number): string {
  const total = Math.abs(seconds)
  const minutes = Math.floor(total / 60)
  return minutes === 0 ? `${total} s` : `${minutes} min ${String(total % 60).padStart(2, '0')} s`
}
