import { checkInPool, runInPool } from '../../../lib/core/jws/pool.js'

type Done = (isValid: boolean) => void

/** Starts checks that end when the test says so, and notes which have started. */
class Checks {
  readonly started: string[] = []
  readonly #running: Done[] = []

  add(key: object, name: string): Promise<boolean> {
    return checkInPool(key, (done) => {
      this.started.push(name)
      this.#running.push(done)
    })
  }

  get running(): number {
    return this.#running.length
  }

  endOne(isValid = true): void {
    this.#running.shift()?.(isValid)
  }

  endAll(): void {
    while (this.#running.length > 0) this.endOne()
  }
}

describe('The thread pool', () => {
  const checks = new Checks()
  const [one, two] = [{}, {}]

  afterEach(() => {
    checks.endAll()
    checks.started.length = 0
  })

  test('is given two checks at a time, and the next when one ends', async () => {
    const answers = ['a', 'b', 'c', 'd'].map((name) => checks.add(one, name))
    expect(checks.started).toEqual(['a', 'b'])
    checks.endOne(false)
    expect(checks.started).toEqual(['a', 'b', 'c'])
    checks.endAll()
    expect(await Promise.all(answers)).toEqual([false, true, true, true])
    expect(checks.running).toBe(0)
  })

  test('serves keys in turn: a flood for one of them does not hold up another', () => {
    for (let i = 0; i < 50; i++) void checks.add(one, `flood-${i}`)
    void checks.add(two, 'first')
    void checks.add(two, 'second')
    for (let i = 0; i < 4; i++) checks.endOne()
    expect(checks.started).toEqual(['flood-0', 'flood-1', 'flood-2', 'first', 'flood-3', 'second'])
  })

  test('a check that throws at its start does not hold', async () => {
    const broken = checkInPool(one, () => {
      throw new Error('no such key')
    })
    expect(await broken).toBe(false)
    void checks.add(one, 'next')
    expect(checks.running).toBe(1)
  })

  test('is shared with other work, which takes turns with the checks', async () => {
    const ends: (() => void)[] = []
    const run = (name: string, maxWaiting = 2): Promise<string> =>
      runInPool(two, maxWaiting, async () => {
        checks.started.push(name)
        await new Promise<void>((resolve) => ends.push(resolve))
        return name
      })
    void checks.add(one, 'check-1')
    const first = run('work-1')
    for (const name of ['check-2', 'check-3']) void checks.add(one, name)
    const others = ['work-2', 'work-3'].map((name) => run(name))
    await expect(run('work-4')).rejects.toMatchObject({ status: 503, code: 'ERR_OVERLOADED' })
    expect(checks.started).toEqual(['check-1', 'work-1'])
    ends.shift()?.()
    expect(await first).toBe('work-1')
    checks.endOne()
    expect(checks.started).toEqual(['check-1', 'work-1', 'check-2', 'work-2'])
    ends.shift()?.()
    await others[0]
    checks.endOne()
    expect(checks.started).toEqual(['check-1', 'work-1', 'check-2', 'work-2', 'check-3', 'work-3'])
    ends.shift()?.()
    await others[1]
  })

  test('is free again after work that failed', async () => {
    const failed = [1, 2, 3].map(() => runInPool(one, 5, () => Promise.reject(new Error('no'))))
    for (const each of failed) await expect(each).rejects.toThrow('no')
    void checks.add(one, 'next')
    expect(checks.running).toBe(1)
  })

  test('keeps 5000 checks of one key waiting, 10,000 in all; more are 503', async () => {
    const rejected: unknown[] = []
    const add = (key: object, count: number): void => {
      for (let i = 0; i < count; i++)
        checks.add(key, `${i}`).catch((error: unknown) => {
          rejected.push(error)
        })
    }
    add(one, 5003)
    add(two, 4999)
    add({}, 2)
    await Promise.resolve()
    expect(rejected).toMatchObject(Array(2).fill({ status: 503, code: 'ERR_OVERLOADED' }))
    checks.endAll()
    expect(checks.started).toHaveLength(5002 + 4999 + 1)
    add({}, 3)
    await Promise.resolve()
    expect(rejected).toHaveLength(2)
  })
})
