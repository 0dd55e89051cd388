/** Records steps as they happen, for example those of getting a token. */
import type { Exchange } from './exchange.js'
import type { Json } from './tokens.js'
import { update } from './update.js'

export interface Step {
  readonly title: string
  /** Belongs to the previous step and has no number of its own. */
  readonly isAside?: boolean
  readonly note?: string
  readonly exchange?: Exchange
  readonly token?: string
  /** Shown with their meanings. */
  readonly claims?: Json
  readonly link?: { readonly url: string; readonly text: string }
  readonly code?: string
  /** Set while the story waits for the user. */
  readonly proceed?: { readonly text: string; readonly go: () => void }
}

export class Story {
  steps: readonly Step[] = []
  problem: string | undefined
  isRunning = false

  tell(step: Step): void {
    this.steps = [...this.steps, step]
    update()
  }

  /** Shows the step with a button, and waits for a click. */
  async pause(step: Step, text: string): Promise<void> {
    await new Promise<void>((resolve) => this.tell({ ...step, proceed: { text, go: resolve } }))
    this.steps = this.steps.map(({ proceed: _, ...rest }) => rest)
    update()
  }

  /** Does nothing if the story is already running: its button stays enabled to keep the focus. */
  async run(tell: (story: this) => Promise<void>): Promise<void> {
    if (this.isRunning) return
    this.steps = []
    this.problem = undefined
    this.isRunning = true
    update()
    try {
      await tell(this)
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error)
    } finally {
      this.isRunning = false
      update()
    }
  }
}

/** A story for each token, so that none loses its steps when another is chosen. */
export function storyPerToken(): (token: string) => Story {
  const stories = new Map<string, Story>()
  return (token) => {
    const story = stories.get(token) ?? new Story()
    stories.set(token, story)
    return story
  }
}
