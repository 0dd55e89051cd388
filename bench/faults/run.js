/**
 * Prints how each library handles faults of a key endpoint, against a real HTTP server: `npm run
 * faults`. To select libraries, pass their names: `npm run faults -- here jose`.
 */
import { cpus } from 'node:os'
import { listen } from './key-server.js'
import { ROWS } from './rows.js'
import { SUBJECTS } from './subjects.js'

process.on('unhandledRejection', (reason) => {
  console.error('unhandled rejection:', reason)
  process.exitCode = 1
})

async function stageFor(name) {
  const server = await listen()
  const subject = await SUBJECTS[name](server.jwksUri)
  const end = () => {
    subject.close?.()
    server.close()
  }
  return {
    subject,
    server,
    end,
    another: () => stageFor(name),
    subjectAt: (jwksUri) => SUBJECTS[name](jwksUri),
  }
}

async function cell(name, story) {
  const stage = await stageFor(name)
  try {
    return await story(stage)
  } finally {
    stage.end()
  }
}

const asked = process.argv.slice(2)
const names = asked.length === 0 ? Object.keys(SUBJECTS) : asked

console.log(
  `TTL 2 s, cool-down 1 s, time-out 1 s; Node ${process.version}, ${cpus().length} × ${cpus()[0].model}\n`,
)
console.log(`| fault | ${names.join(' | ')} |`)
console.log(`|---|${'---|'.repeat(names.length)}`)
for (const [title, story] of Object.entries(ROWS)) {
  const cells = []
  for (const name of names) cells.push(await cell(name, story))
  console.log(`| ${title} | ${cells.join(' | ')} |`)
}
