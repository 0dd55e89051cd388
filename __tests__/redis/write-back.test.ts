/** Writing back what Redis has lost: all of it, whatever fails or is lost meanwhile. */
import { setImmediate as turn } from 'node:timers/promises'
import { WriteBack } from '../../lib/redis/write-back.js'

const keys = Array.from({ length: 200 }, (_, index) => `k${index}`)

/** A Redis whose answers come when the test lets them. */
function held() {
  const written: string[] = []
  let waiting: (() => void)[] = []
  const write = (key: string) =>
    new Promise<void>((resolve, reject) => {
      waiting.push(() => {
        if (isAway()) return reject(new Error('away'))
        written.push(key)
        resolve()
      })
    })
  let isAway = (): boolean => false
  return {
    written,
    write,
    failWhen: (condition: () => boolean) => (isAway = condition),
    /** Answers what waits. Returns how much that was. */
    async answer() {
      const now = waiting
      waiting = []
      for (const each of now) each()
      await turn()
      return now.length
    },
    async answerAll() {
      while ((await this.answer()) > 0);
    },
  }
}

test('everything is written, the last keys first, a few at once', async () => {
  const redis = held()
  new WriteBack(redis.write).start([...keys])
  const atOnce = await redis.answer()
  expect(atOnce).toBeGreaterThan(1)
  expect(atOnce).toBeLessThan(100)
  expect([...redis.written].sort()).toEqual(keys.slice(-atOnce).sort())
  await redis.answerAll()
  expect([...redis.written].sort()).toEqual([...keys].sort())
})

test('a second loss in the middle has all of it written again', async () => {
  const redis = held()
  const writeBack = new WriteBack(redis.write)
  writeBack.start([...keys])
  await redis.answer()
  await redis.answer()
  redis.written.length = 0
  writeBack.start([...keys])
  await redis.answerAll()
  expect(new Set(redis.written)).toEqual(new Set(keys))
})

test('after a failure it goes on where it stopped, once it is called', async () => {
  const redis = held()
  const writeBack = new WriteBack(redis.write)
  let turns = 0
  redis.failWhen(() => turns++ % 3 === 0)
  writeBack.start([...keys])
  await redis.answerAll()
  expect(redis.written.length).toBeGreaterThan(0)
  expect(redis.written.length).toBeLessThan(keys.length)
  for (let beat = 0; beat < 100; beat++) {
    writeBack.goOn()
    await redis.answerAll()
  }
  expect([...redis.written].sort()).toEqual([...keys].sort())
  writeBack.goOn()
  expect(await redis.answer()).toBe(0)
})

test('a call in the middle writes nothing twice', async () => {
  const redis = held()
  const writeBack = new WriteBack(redis.write)
  writeBack.start([...keys])
  writeBack.goOn()
  await redis.answerAll()
  expect(redis.written).toHaveLength(keys.length)
})
