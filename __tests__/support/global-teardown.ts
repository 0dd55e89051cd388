/** Runs after all tests. */
import { rmSync } from 'node:fs'

export default function removeChildScripts(): void {
  rmSync(String(process.env['CHILD_SCRIPTS']), { recursive: true, force: true })
}
