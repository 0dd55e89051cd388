/** Where npm has put a package: what the pages need comes from there, and nothing from a network. */
import { fileURLToPath } from 'node:url'

export function installed(path: string): string {
  return fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
}
