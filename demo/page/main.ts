/** The page: five rooms, one at a time, by the part of the address after the hash. */
import { html, render } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { callApi } from './rooms/call-api.js'
import { getToken, welcomeBack } from './rooms/get-token.js'
import { lookInside } from './rooms/look-inside.js'
import type { Room } from './rooms/room.js'
import { watch } from './rooms/watch.js'
import { webhook } from './rooms/webhook.js'
import { startWatching } from './store/live.js'
import { api, issuer } from './store/servers.js'
import { onUpdate, update } from './update.js'

const ROOMS: readonly Room[] = [getToken, lookInside, callApi, watch, webhook]
const TICK_MS = 1000

function currentRoom(): Room {
  return ROOMS.find(({ id }) => `#/${id}` === location.hash) ?? getToken
}

function view(): TemplateResult {
  const current = currentRoom()
  return html`<a class="skip" href="#room" @click=${skip}>Skip to the content</a>
    <header class="top">
      <p class="brand"><a href="#/token">OAuth 2.0 and JWT, as they happen</a></p>
      <nav aria-label="Rooms">
        <ol>
          ${ROOMS.map(
            (room) =>
              html`<li>
                <a href="#/${room.id}" aria-current=${room === current ? 'page' : 'false'}
                  >${room.short ?? room.title}</a
                >
              </li>`,
          )}
        </ol>
      </nav>
    </header>
    <main id="room" tabindex="-1">
      <div class="lead">
        <h1>${current.title}</h1>
        <p>${current.lead}</p>
      </div>
      ${current.view()}
    </main>
    <footer>
      <p>
        The API is <code>${api}</code>, the authorization server <code>${issuer}</code>. Both run on your
        machine, and nothing here leaves it.
      </p>
    </footer>`
}

/** The part of the address after the hash is the room's: a plain link would leave it. */
function skip(event: Event) {
  event.preventDefault()
  enter()
}

function enter() {
  document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
}

function draw() {
  document.title = `${currentRoom().title} – OAuth 2.0 and JWT, as they happen`
  render(view(), document.body)
}

addEventListener('hashchange', () => {
  draw()
  scrollTo(0, 0)
  enter()
})

onUpdate(draw)
startWatching()
// Tokens grow old while one looks at them.
setInterval(update, TICK_MS)
draw()
void welcomeBack()
