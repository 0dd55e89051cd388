/** Mutation testing of one file at a time; scripts/mutation.js says which, and by which tests it is judged. */
export default {
  testRunner: 'jest',
  jest: { configFile: 'stryker.jest.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  ignorePatterns: ['/bench', '/dist', '/coverage', '/demo', '/.cache'],
  concurrency: 1,
  tempDirName: '.cache/stryker',
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: process.env['MUTATION_REPORT'] ?? '.cache/mutation/report.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  warnings: { slow: false },
}
