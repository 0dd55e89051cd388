/** Colors for terminals. Elsewhere text stays plain, so that it can be pasted into an issue. */
import * as util from 'node:util'
import type { Output } from './command.js'

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export type Paint = (format: Format, text: string) => string

/** Node 20.12 and later have it. Only the escape sequences are wanted: who sees them is decided here. */
type StyleText = (format: Format, text: string, options: { readonly validateStream: false }) => string

const styleText: StyleText | undefined = (util as { readonly styleText?: StyleText }).styleText

/** Plain unless the output is a terminal with colors. NO_COLOR decides, as Node reads it. */
export function painter(output: Output): Paint {
  if (styleText === undefined || output.isTTY !== true || output.hasColors?.() !== true) return plain
  return (format, text) => styleText(format, text, { validateStream: false })
}

function plain(_format: Format, text: string): string {
  return text
}
