/**
 * Starts the longest test files first, also in a fresh clone: there Jest knows no durations yet and
 * goes by size, so that a small file with a long run would keep one process busy at the end.
 */
import sequencer from '@jest/test-sequencer'

// The types are those of CommonJS.
const Sequencer = /** @type {typeof sequencer.default} */ (/** @type {unknown} */ (sequencer))

const LONG = [
  'hostile/process',
  'core/token/resolver-overload',
  'hostile/jwks',
  'core/fuzzing',
  'core/keys/cold',
  'core/keys/refresh',
]

export default class LongFirst extends Sequencer {
  /**
   * @override
   * @param {Parameters<InstanceType<typeof Sequencer>['sort']>[0]} tests
   */
  async sort(tests) {
    const sorted = await super.sort(tests)
    /** @param {{ path: string }} test */
    const isLong = ({ path }) => LONG.some((name) => path.endsWith(`__tests__/${name}.test.ts`))
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))]
  }
}
