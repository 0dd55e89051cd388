/** Scrolls to content that a click has changed, if it is below the edge of a small window. */

const ENOUGH_PX = 260

/** Scrolls just far enough to show the start of the element, so that the button stays visible. */
export function reveal(id: string): void {
  const element = document.getElementById(id)
  if (element) scrollBy(0, Math.max(0, element.getBoundingClientRect().top + ENOUGH_PX - innerHeight))
}
