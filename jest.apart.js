/** The folders that jest.config.js leaves out, for scripts such as `npm run test:docs`. */
import base from './jest.config.js'

export default { ...base, testPathIgnorePatterns: ['/node_modules/'] }
