/** Redraws the page once after any number of changes. */

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
