/**
 * `npm run demo:curl`: prints the story as shell commands, for a running demo or for its own one.
 * The output is a script: `npm run --silent demo:curl | sh`.
 */
import { readPorts, reportFailure } from './command-line.js'
import { tellByCurl } from './curl-story.js'
import { findDemo, startDemo } from './start.js'

async function main() {
  const running = await findDemo(readPorts())
  if (running) {
    console.log(tellByCurl(running))
    return
  }

  const demo = await startDemo({ port: 0, issuerPort: 0, pagePort: 0 })
  process.once('SIGINT', () => void demo.close())
  process.once('SIGTERM', () => void demo.close())
  if (process.stdout.isTTY) {
    console.log(`# Paste this into another shell. Press Ctrl-C here to stop the servers.\n`)
    console.log(tellByCurl(demo))
  } else {
    console.log(`${tellByCurl(demo)}\n\n# Stop the servers that were started for this script.`)
    console.log(`kill ${process.pid}`)
  }
}

main().catch(reportFailure)
