/** `npm run demo:curl`: prints the story as commands to paste, for the demo that runs or one of its own. */
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
  console.log(`# Paste this into another shell. Ctrl-C ends the servers.\n\n${tellByCurl(demo)}`)
}

main().catch(reportFailure)
