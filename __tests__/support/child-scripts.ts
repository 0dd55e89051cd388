/** The scripts of child processes, as `global-setup.ts` bundled them. */
import path from 'node:path'

/** The bundle of a file such as `hostile/support/api-process.ts`. */
export function childScript(file: string): string {
  const folder = process.env['CHILD_SCRIPTS']
  if (folder === undefined) throw new Error('The global set-up of Jest has bundled no scripts')
  return path.join(folder, file.replace(/\.ts$/, '.mjs'))
}
