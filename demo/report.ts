/** Prints a story to the terminal, and compares each response with the expected one. */
import assert from 'node:assert/strict'
import { inspect, styleText } from 'node:util'
import type { Answer } from './client.js'

export interface Report {
  step: (title: string) => void
  show: (name: string, value: unknown) => void
  /** Throws with a diff unless the response equals the expected one. */
  answer: (name: string, actual: Answer, expected: Answer) => void
  /** Returns the current step, for error messages. */
  current: () => string
}

export function createReport(): Report {
  let steps = 0
  let current = 'the start'

  return {
    current: () => current,
    step(title) {
      steps += 1
      current = `step ${steps}`
      const heading = `${steps}  ${title}`
      console.log(`\n${process.stdout.isTTY ? styleText('bold', heading) : heading}`)
    },
    show(name, value) {
      const text = inspect(value, { breakLength: 100, compact: 1 })
      console.log(`   ${name} ${text.replaceAll('\n', '\n   ')}`)
    },
    answer(name, actual, expected) {
      current = `step ${steps}, ${name}`
      console.log(`   ${name}: ${actual.status}`)
      if (actual.challenge !== undefined) console.log(`      WWW-Authenticate: ${actual.challenge}`)
      console.log(`      ${JSON.stringify(actual.body)}`)
      assert.deepEqual(actual, expected)
    },
  }
}
