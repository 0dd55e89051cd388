/** `npm run demo`: starts the authorization server, the API and the page, and prints where to look. */
import { readPorts, reportFailure } from './command-line.js'
import { startDemo } from './start.js'

async function main() {
  const demo = await startDemo(readPorts())
  process.once('SIGINT', () => void demo.close())
  process.once('SIGTERM', () => void demo.close())
  console.log(`Open ${demo.page}

It drives a protected API (${demo.api}) and a real authorization server (${demo.issuer}).
The same as commands for a shell: npm run demo:curl. Ctrl-C ends all three.`)
}

main().catch(reportFailure)
