/** Shows the code and the hint of a refusal. */
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Reason } from '../knowledge/explain.js'

export function codeAndHint({ code, hint }: Reason): TemplateResult {
  return html`<code>${code}</code>${hint === undefined ? nothing : html`, hint <code>${hint}</code>`}`
}
