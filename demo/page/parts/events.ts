/** Events from the diagnostics channels, newest first. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Observed } from '../store/live.js'
import { codeAndHint } from './reason.js'

interface Live {
  readonly events: readonly Observed[]
  readonly isConnected: boolean
}

export function eventList({ events, isConnected }: Live): TemplateResult {
  if (events.length === 0)
    return html`<p class="empty">${isConnected ? 'No events yet. Call the API.' : 'Connecting …'}</p>`
  return html`${isConnected ? nothing : html`<p class="problem" role="alert">The demo no longer responds. These are its last events.</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label="Events">
      <table class="events">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Channel</th>
            <th scope="col">Event</th>
          </tr>
        </thead>
        <tbody>
          ${events.toReversed().map(
            (observed) =>
              html`<tr>
                <td>${new Date(observed.at).toLocaleTimeString('en-GB')}</td>
                <td><span class="channel ${observed.channel}">${observed.channel}</span></td>
                <td>${inWords(observed)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

function inWords(observed: Observed): TemplateResult {
  if (observed.channel === 'accepted') {
    const { alg, isCached } = observed.event
    return html`<code>${alg ?? 'opaque'}</code> ${isCached ? 'cached, claims checked again' : 'verified'}`
  }
  if (observed.channel === 'refused') {
    return html`${observed.event.status} ${codeAndHint(observed.event)}`
  }
  const { source: _, type, ...rest } = observed.event
  const details = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`)
  return html`<code>${type}</code> ${details.join(', ')}`
}
