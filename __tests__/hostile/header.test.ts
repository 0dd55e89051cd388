import { describeCases } from './support/cases.js'
import { World } from './support/world.js'
import { headerCases, pointers } from './tables/header.js'

describeCases('the header', headerCases)

test('what a header points to is never asked for [HDR-021 HDR-022]', async () => {
  const w = await World.open()
  await w.backend.ask({ path: '/base', token: w.token() })
  const asked = w.as.log.length
  for (const token of pointers(w, `${w.issuer}/thief/jwks.json`)) {
    expect((await w.backend.ask({ path: '/base', token })).status).toBe(401)
  }
  const others = w.as.log.slice(asked).map(({ path }) => path)
  expect(others.filter((path) => path.includes('thief'))).toEqual([])
  await w.close()
})
