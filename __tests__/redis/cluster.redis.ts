/** A cluster of three nodes, of which one is killed and comes back without its data. */
import { growUp, makeProof, makeProofs, startApi } from './support/api.js'
import type { Api } from './support/api.js'
import { KINDS } from './support/clients.js'
import { startCluster, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'

describe.each(KINDS)('%s', (kind) => {
  let nodes: readonly RedisServer[]
  let api: Api
  let other: Api

  beforeAll(async () => {
    nodes = await startCluster()
    const choices = { kind, ports: nodes.map(({ port }) => port), timeoutMs: 5000 }
    ;[api, other] = await Promise.all([startApi(choices), startApi(choices)])
    await growUp([api, other], nodes)
  })

  afterAll(async () => {
    await Promise.all([api.end(), other.end()])
    await Promise.all(nodes.map((node) => node.remove()))
  })

  test('a proof is good once, whichever node has it', async () => {
    const proofs = await makeProofs(48)
    for (const proof of proofs) expect((await api.send(proof)).status).toBe(200)
    for (const proof of proofs) expect((await other.send(proof)).status).toBe(401)
    const sizes = await Promise.all(nodes.map((node) => node.command('DBSIZE')))
    expect(sizes).not.toContain(0)
  })

  test('a node that is away takes its slots with it, and no proof is accepted again', async () => {
    const [lost] = nodes
    const proofs = await makeProofs(48)
    for (const proof of proofs) expect((await api.send(proof)).status).toBe(200)
    await lost?.kill()
    const again = await Promise.all(proofs.map((proof) => other.send(proof)))
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([401, 503]))
    const fresh = await Promise.all((await makeProofs(48)).map((proof) => other.send(proof)))
    expect(new Set(fresh.map(({ status }) => status))).toEqual(new Set([200, 503]))

    await lost?.start()
    // It is back when it refuses by its age, which takes more than a second.
    await until(async () => {
      const answers = await Promise.all((await makeProofs(48)).map((proof) => other.send(proof)))
      return answers.every(({ status, retryAfter }) => status === 200 || Number(retryAfter) > 1)
    })
    for (const proof of proofs) expect((await other.send(proof)).status).not.toBe(200)
    await growUp([api, other], nodes)
    expect((await api.send(await makeProof())).status).toBe(200)
  })
})
