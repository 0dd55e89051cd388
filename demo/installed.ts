/** Paths in node_modules. The pages load libraries and fonts from there, not from the network. */
import { fileURLToPath } from 'node:url'

export function installed(path: string): string {
  return fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
}
