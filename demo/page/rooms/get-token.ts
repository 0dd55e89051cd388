/** Room 1: every way to get a token, shown step by step. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { keyed } from 'lit-html/directives/keyed.js'
import { GRANTS, returning } from '../grants/all.js'
import type { Grant } from '../grants/grant.js'
import { arrival } from '../grants/redirect.js'
import { reveal } from '../parts/reveal.js'
import { storyView } from '../parts/story-view.js'
import { Story } from '../story.js'
import { update } from '../update.js'
import type { Room } from './room.js'

let [chosen] = GRANTS as readonly [Grant, ...Grant[]]
let story = new Story()

function chooseGrant(grant: Grant) {
  chosen = grant
  story = new Story()
  update()
  queueMicrotask(() => reveal('grant'))
}

/** Continues the story of a user who returns from a redirect. */
export async function welcomeBack(): Promise<void> {
  const back = arrival()
  const grant = back && returning(back.departure.grant)
  if (!grant) return
  chooseGrant(grant)
  await story.run((each) => grant.finish(each, back))
}

function start(event: SubmitEvent) {
  event.preventDefault()
  const data = new FormData(event.target as HTMLFormElement)
  const texts = [...data].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  const scopes = texts.flatMap(([name, value]) => (name === 'scope' ? [value] : []))
  const fields = Object.fromEntries(texts.filter(([name]) => name !== 'scope'))
  void story.run((each) => chosen.run(each, { scopes, fields }))
}

export const getToken: Room = {
  id: 'token',
  title: 'Get a token',
  lead: 'An access token says what its bearer may do at an API, and for how long. There are several ways to get one, for users and for machines. Choose one and watch.',

  view() {
    return html`<div class="two">
      <div class="ways" role="group" aria-label="Ways to get a token">
        <h2>Recommended</h2>
        ${GRANTS.filter(({ legacy }) => !legacy).map(way)}
        <h2>Legacy, for comparison</h2>
        ${GRANTS.filter(({ legacy }) => legacy).map(way)}
      </div>
      <section class="card" id="grant" aria-labelledby="grant-title">
        <p class="rfc">${chosen.rfc}</p>
        <h2 id="grant-title">
          ${chosen.title} ${chosen.legacy ? html`<span class="badge bad">legacy: do not use</span>` : nothing}
        </h2>
        <p>${chosen.why}</p>
        ${keyed(chosen, entry(chosen))} ${storyView(story)} ${ending()}
      </section>
    </div>`
  },
}

function way(grant: Grant): TemplateResult {
  return html`<button class="way" aria-pressed=${grant === chosen} @click=${() => chooseGrant(grant)}>
    ${grant.title}
  </button>`
}

function entry({ id, scopes, fields = [], button, unavailable }: Grant) {
  const obstacle = unavailable?.()
  if (obstacle !== undefined && story.steps.length === 0) return html`<p class="empty">${obstacle}</p>`
  return html`<form data-grant=${id} @submit=${start}>
    ${fields.map(
      ({ name, label, value, type }) =>
        html`<label class="choice"
          >${label} <input name=${name} type=${type} .defaultValue=${value} autocomplete="off" required
        /></label>`,
    )}
    ${
      scopes.length === 0
        ? nothing
        : html`<fieldset>
            <legend>Scope</legend>
            ${scopes.map(
              (scope, index) =>
                html`<label class="check"
                  ><input type="checkbox" name="scope" value=${scope} ?checked=${index === 0} />
                  <code>${scope}</code></label
                >`,
            )}
          </fieldset>`
    }
    <button class="primary" aria-disabled=${story.isRunning}>${button}</button>
  </form>`
}

function ending() {
  const isDone = story.steps.length > 0 && !story.isRunning && story.problem === undefined
  if (!isDone) return nothing
  return html`<p class="done">
    <strong>You have a token.</strong> <a href="#/inside">Look inside</a> or
    <a href="#/call">call the API</a> with it.
  </p>`
}
