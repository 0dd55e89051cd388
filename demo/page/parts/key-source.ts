/** Describes the state of the API's key source. */
import type { KeyState } from 'express-resource-server'
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { LiveHealth } from '../store/live.js'

const STATES: Readonly<Record<KeyState, string>> = {
  COLD: 'not loaded yet',
  FRESH: 'the keys are served from memory',
  AHEAD: 'served from memory; the next request starts a refresh in the background',
  STALE: 'past their lifetime, but still served while refreshes fail',
  EXPIRED: 'refreshes failed for too long: requests get 503',
}

export function keySource(health: LiveHealth | undefined): TemplateResult {
  const keys = health?.issuers[0]
  if (!keys) return html`<p class="empty">Waiting for the first report …</p>`
  const { state, generation, keyCount, ageSeconds = 0, lastFailure, consecutiveFailures } = keys
  const facts = [
    ['key set', `version ${generation}, with ${keyCount} keys`],
    ['last confirmed', `${Math.round(ageSeconds)} s ago`],
    ['next refresh', fromNow(keys.nextRefreshAt, 'at the next request')],
    ['keys expire without one', fromNow(keys.staleUntil, 'now')],
    [
      'failures in a row',
      `${consecutiveFailures}${lastFailure === undefined ? '' : `, the last: ${lastFailure.replaceAll('_', ' ')}`}`,
    ],
  ] as const
  return html`<p class="state" data-state=${state}><strong>${state}</strong> <span>${STATES[state]}</span></p>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`
}

function fromNow(date: number | undefined, due: string) {
  if (date === undefined) return 'in progress'
  const seconds = Math.round(date - Date.now() / 1000)
  if (seconds <= 0) return due
  return seconds < 120 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`
}
