/** Has a callback that cannot do its work where nothing listens. */
import express from 'express'

const app = express()
app.get('/a', (_req, res) => res.end())
app.listen(3000, () => {
  throw new Error('no \u001b[2Jdatabase')
})

export default app
