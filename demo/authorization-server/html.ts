/** Layout of the authorization server's pages. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escape(text: unknown): string {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** `body` is HTML. The caller escapes all external values in it. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="where">Authorization server</p>
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>`
}

/** Explains an error to the user, with details for developers below. */
export function errorPage(what: string, details: readonly unknown[] = []): string {
  const known = details.filter((detail) => detail !== undefined)
  return page(
    'Something went wrong',
    `<p>${escape(what)}</p>
<p>Go back to the application and start again.</p>
${known.length === 0 ? '' : `<p class="note">${known.map(escape).join(': ')}</p>`}`,
  )
}

const STYLE = `
@font-face { font-family: Inter; src: url(/fonts/inter-latin-wght-normal.woff2) format('woff2'); font-weight: 100 900; font-display: swap }
:root { color-scheme: light dark; --ink: light-dark(#1f2937, #e6e9ef); --quiet: light-dark(#5b6472, #a3adbd);
  --line: light-dark(#d9dde4, #3a4354); --accent: light-dark(#7a4a12, #f0b565); --on-accent: light-dark(#fff, #241603) }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 1rem/1.6 Inter, system-ui, sans-serif; color: var(--ink); background: light-dark(#f6f1e8, #17140f) }
main { width: min(26rem, 100%); padding: 2rem; border: 1px solid var(--line); border-radius: 1rem;
  background: light-dark(#fffdfa, #211d17) }
h1 { margin: .25rem 0 1.25rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.02em }
.where { margin: 0; color: var(--accent); font-weight: 600; font-size: .875rem }
form { display: grid; gap: 1rem; margin-top: 1.25rem }
label { display: grid; gap: .25rem; font-weight: 500 }
input { font: inherit; padding: .6rem .75rem; border: 1px solid var(--quiet); border-radius: .5rem; background: transparent; color: inherit }
button { font: inherit; font-weight: 600; padding: .65rem 1rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); cursor: pointer }
main > button { display: block; width: 100%; margin-top: 1rem }
button.second { background: transparent; color: var(--accent) }
:focus-visible { outline: 3px solid light-dark(#c98a35, #f6d29c); outline-offset: 2px }
.note { color: var(--quiet); font-size: .875rem } .wrong { color: light-dark(#a3202b, #ff9d9d); font-weight: 500 }
ul { padding-left: 1.25rem } li { margin: .35rem 0 } code { font-size: .95em }
.code { font: 600 2rem/1.4 ui-monospace, monospace; letter-spacing: .1em }
`
