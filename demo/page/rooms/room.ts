/** What the page needs to know about each of its rooms. */
import type { TemplateResult } from 'lit-html'

export interface Room {
  readonly id: string
  readonly title: string
  /** Title in the navigation. Default: `title`. */
  readonly short?: string
  readonly lead: string
  view(): TemplateResult
}
