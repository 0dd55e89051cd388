/** `npm run demo`: starts the authorization server, the API and the page. */
import { readPorts, reportFailure } from './command-line.js'
import { startDemo } from './start.js'

async function main() {
  const demo = await startDemo(readPorts())
  process.once('SIGINT', () => void demo.close())
  process.once('SIGTERM', () => void demo.close())
  console.log(`Open ${demo.page}

The page uses a protected API (${demo.api}) and a real authorization server (${demo.issuer}).
Press Ctrl-C to stop all three. For the same story as shell commands, run: npm run demo:curl`)
}

main().catch(reportFailure)
