/** The page: six rooms, one at a time, selected by the URL fragment. */
import { html, render } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { callApi } from './rooms/call-api.js'
import { getToken, welcomeBack } from './rooms/get-token.js'
import { lookInside } from './rooms/look-inside.js'
import type { Room } from './rooms/room.js'
import { takeBackRoom } from './rooms/take-back.js'
import { watch } from './rooms/watch.js'
import { webhook } from './rooms/webhook.js'
import { startWatching } from './store/live.js'
import { api, issuer } from './store/servers.js'
import { onUpdate, update } from './update.js'

const ROOMS: readonly Room[] = [getToken, lookInside, callApi, takeBackRoom, watch, webhook]
const TICK_MS = 1000

function currentRoom(): Room {
  return ROOMS.find(({ id }) => `#/${id}` === location.hash) ?? getToken
}

function view(): TemplateResult {
  const current = currentRoom()
  return html`<a class="skip" href="#room" @click=${skip}>Skip to content</a>
    <header class="top">
      <p class="brand"><a href="#/token">OAuth 2.0 and JWT in action</a></p>
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
        API: <code>${api}</code>. Authorization server: <code>${issuer}</code>. Both run on your machine, and
        no data leaves it.
      </p>
    </footer>`
}

/** The URL fragment selects the room, so a plain link to the content would leave the room. */
function skip(event: Event) {
  event.preventDefault()
  enter()
}

function enter() {
  document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
}

function draw() {
  document.title = `${currentRoom().title} – OAuth 2.0 and JWT in action`
  render(view(), document.body)
}

addEventListener('hashchange', () => {
  draw()
  scrollTo(0, 0)
  enter()
})

onUpdate(draw)
startWatching()
// Keeps the displayed lifetimes of tokens up to date.
setInterval(update, TICK_MS)
draw()
void welcomeBack()
