/**
 * The chart in docs/speed.md: the request rate of each subject as a share of the floor, through
 * Express.
 */
const WIDTH = 760
const LABEL = 210
const BAR = 16
const GAP = 8
const SCALE = 440
const OURS = 'express-resource-server'

/** @param {readonly { title: string, rows: readonly { subject: string, ratio: number }[] }[]} panels */
export function toSvg(panels) {
  let y = 12
  const parts = []
  for (const { title, rows } of panels) {
    y += 18
    parts.push(`<text x="0" y="${y}" class="title">${title}</text>`)
    y += 12
    for (const { subject, ratio } of rows) {
      const width = Math.max(1, Math.round(Math.min(1.05, ratio) * SCALE))
      const kind = subject === OURS ? 'ours' : subject.startsWith('no-op') ? 'floor' : 'peer'
      parts.push(
        `<text x="${LABEL - 8}" y="${y + BAR - 4}" text-anchor="end">${subject}</text>`,
        `<rect x="${LABEL}" y="${y}" width="${width}" height="${BAR}" rx="2" class="${kind}"/>`,
        `<text x="${LABEL + width + 6}" y="${y + BAR - 4}">${ratio.toFixed(2)}</text>`,
      )
      y += BAR + GAP
    }
    y += 10
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>Requests per CPU second as a share of a route without verification</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
.ours { fill: #1a7f37 } .peer { fill: #8c959f } .floor { fill: #d0d7de }
@media (prefers-color-scheme: dark) { text { fill: #9198a1 } .floor { fill: #3d444d } }
</style>
${parts.join('\n')}
</svg>
`
}

/** The workloads that docs/speed.md shows. */
export function chartPanels(workloads) {
  const shown = ['200 tokens over 32 connections', 'new tokens, RS256', 'DPoP, 200 tokens, new proofs']
  return workloads
    .filter(({ name }) => shown.includes(name))
    .map(({ name, floor, rows }) => ({
      title: `${name}: share of ${floor}, in CPU per request`,
      rows: rows
        .filter(({ subject }) => !subject.includes('again') && (subject !== 'no-op' || floor === 'no-op'))
        .sort((a, b) => b.ratio - a.ratio),
    }))
}
