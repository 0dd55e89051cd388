/** Turns packages that are ES modules only into CommonJS, in a tenth of the time that TypeScript takes. */
import { transformSync } from 'esbuild'

export default {
  /** @param {string} text @param {string} file */
  process(text, file) {
    return transformSync(text, { format: 'cjs', target: 'es2022', sourcefile: file, sourcemap: 'inline' })
  },
}
