/** The tests by which the mutants of one file are judged: `MUTATION_TESTS`, given by scripts/mutation.js. */
import base from './jest.config.js'

const tests = (process.env['MUTATION_TESTS'] ?? 'core/**/*').split(' ')

export default { ...base, testMatch: tests.map((files) => `<rootDir>/__tests__/${files}.test.ts`) }
