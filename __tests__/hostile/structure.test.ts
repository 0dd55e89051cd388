import { describeCases } from './support/cases.js'
import { sized } from '../support/sized.js'
import { World } from './support/world.js'
import { structureCases } from './tables/structure.js'

describeCases('the form of the token', structureCases)

const ROUNDS = sized({ usual: 40, thorough: 250 })

test('a good token gets the same answer each time, whatever comes between [STR-036]', async () => {
  const w = await World.open()
  const good = w.token()
  const bad = [`${good}x`, good.slice(0, -4), w.token({ claims: { aud: 'x' } }), 'x']
  const ask = (token: string) => w.backend.ask({ path: '/base', token })
  const first = (await ask(good)).text
  for (let round = 0; round < ROUNDS; round++) {
    const [answer, refusal] = await Promise.all([ask(good), ask(bad[round % bad.length]!)])
    expect([answer.status, answer.text, refusal.status]).toEqual([200, first, 401])
  }
  await w.close()
})
