/** Text of strangers, such that a terminal shows it and does nothing else. */

/** Controls, of which ESC starts a sequence, and what turns the direction of writing or is not seen. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

const MAX_LENGTH = 2000

/** One line: whatever could move the cursor is written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(ACTIVE, escaped)
}

/** The same, with line breaks. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** Cuts off what would fill the screen. */
export function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}… (${String(text.length)} characters)` : text
}

/** JSON with a final line break. Escapes what `JSON.stringify` leaves as it is, such as U+009B. */
export function jsonText(report: unknown): string {
  const text = JSON.stringify(report, undefined, 2)
  return `${text.replace(ACTIVE, (each) => (each === '\n' ? each : escaped(each)))}\n`
}

/** A string literal of JavaScript in the quotes of most style guides. */
export function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${printable(inner)}'`
}

/** Beyond the Basic Multilingual Plane there are two units. */
function escaped(character: string): string {
  return Array.from({ length: character.length }, (_none, index) => {
    const code = character.charCodeAt(index).toString(16).padStart(4, '0')
    return `\\u${code}`
  }).join('')
}
