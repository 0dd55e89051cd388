/** Ends the process as soon as it has been imported. */
import express from 'express'

const app = express()
app.get('/a', (_req, res) => res.end())
process.nextTick(() => process.exit(0))

export default app
