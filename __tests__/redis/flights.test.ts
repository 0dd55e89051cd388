/** Commands that Redis does not answer: bounded in time and number, without Redis itself. */
import { Flights } from '../../lib/redis/flights.js'

const never = () => new Promise<never>(() => undefined)

/** Fills the bound. Resolves when all of them have run into the time limit. */
async function fill(flights: Flights): Promise<string[]> {
  const ends = Array.from({ length: 500 }, () => flights.run(never).catch((error: unknown) => String(error)))
  return Promise.all(ends)
}

test('an answer in time is passed on, and so is a failure', async () => {
  const flights = new Flights(60_000)
  expect(await flights.run(() => Promise.resolve(1))).toBe(1)
  await expect(flights.run(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
})

test('a late answer or failure is ignored', async () => {
  const flights = new Flights(1)
  let answer: (value: number) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const late = flights.run(() => new Promise<number>((resolve) => (answer = resolve)))
  const lost = flights.run(() => new Promise<number>((_, reject) => (fail = reject)))
  await expect(late).rejects.toThrow('within 1 ms')
  await expect(lost).rejects.toThrow('within 1 ms')
  answer(1)
  fail(new Error('away'))
  await expect(late).rejects.toThrow('within 1 ms')
})

test('at the bound, further commands are not even sent, but for one at times', async () => {
  let nowMs = 0
  const flights = new Flights(1, () => nowMs)
  expect(new Set(await fill(flights))).toEqual(new Set(['Error: Redis did not answer within 1 ms']))
  const send = jest.fn(never)
  await expect(flights.run(send)).rejects.toThrow('within 1 ms')
  for (let i = 0; i < 10; i++) await expect(flights.run(send)).rejects.toThrow('Too many commands')
  expect(send).toHaveBeenCalledTimes(1)
  nowMs = 10_000
  await expect(flights.run(send)).rejects.toThrow('within 1 ms')
  await expect(flights.run(send)).rejects.toThrow('Too many commands')
})

test('one answer proves that those before it were answered or lost', async () => {
  const flights = new Flights(1000, () => 0)
  await fill(flights)
  expect(await flights.run(() => Promise.resolve(1))).toBe(1)
  expect(await flights.run(() => Promise.resolve(2))).toBe(2)
})
