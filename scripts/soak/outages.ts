/** The ways in which an issuer can fail. */
import { faults } from '../../__tests__/support/key-server.js'
import type { Answer } from '../../__tests__/support/key-server.js'

export const OUTAGES: readonly Answer[] = [
  faults.status(500),
  faults.status(503, { 'retry-after': '2' }),
  faults.status(404),
  faults.status(429, { 'retry-after': '3' }),
  faults.html,
  faults.json({ keys: [] }),
  faults.json(null),
  faults.hang,
  faults.hangInBody,
  faults.drip(100),
  faults.reset,
  faults.garbage,
  faults.shortBody,
  faults.endless,
  faults.gzipBomb,
  faults.redirect('http://127.0.0.2:1/'),
]
