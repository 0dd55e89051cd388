/** One way to draw: whoever has changed something says so, and the page is drawn once for all of it. */

let draw: () => void = () => {}
let isDue = false

export function onUpdate(listener: () => void): void {
  draw = listener
}

export function update(): void {
  if (isDue) return
  isDue = true
  queueMicrotask(() => {
    isDue = false
    draw()
  })
}
