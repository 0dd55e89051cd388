/** Shows what a press has changed, where the window is so small that it happened below its edge. */

const ENOUGH_PX = 260

/** Scrolls until the beginning of that element can be read, and no further: what was pressed stays in sight. */
export function reveal(id: string): void {
  const element = document.getElementById(id)
  if (element) scrollBy(0, Math.max(0, element.getBoundingClientRect().top + ENOUGH_PX - innerHeight))
}
