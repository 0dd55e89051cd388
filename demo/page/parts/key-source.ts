/** The state of the API's key source, in words. */
import type { KeyState } from 'express-resource-server'
import { html } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { LiveHealth } from '../store/live.js'

const STATES: Readonly<Record<KeyState, string>> = {
  COLD: 'not loaded yet',
  FRESH: 'serves from memory',
  AHEAD: 'serves from memory, and refreshes in the background at the next request',
  STALE: 'past its time; it goes on serving while refreshes fail',
  EXPIRED: 'failed for too long: requests get 503',
}

export function keySource(health: LiveHealth | undefined): TemplateResult {
  const keys = health?.issuers[0]
  if (!keys) return html`<p class="empty">Waiting for the first report …</p>`
  const { state, generation, keyCount, ageSeconds = 0, lastFailure, consecutiveFailures } = keys
  const facts = [
    ['document', `number ${generation}, with ${keyCount} keys`],
    ['last confirmed', `${Math.round(ageSeconds)} s ago`],
    ['next refresh', until(keys.nextRefreshAt)],
    ['trusted without one', until(keys.staleUntil)],
    [
      'failures in a row',
      `${consecutiveFailures}${lastFailure === undefined ? '' : `, the last by ${lastFailure.replaceAll('_', ' ')}`}`,
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

function until(date: number | undefined) {
  if (date === undefined) return 'under way'
  const seconds = Math.round(date - Date.now() / 1000)
  if (seconds <= 0) return 'at the next request'
  return seconds < 120 ? `in ${seconds} s` : `for ${Math.round(seconds / 60)} min`
}
