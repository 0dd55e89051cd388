/** Prints while it is imported, when it would listen, and by the stream of its logger. */
import { writeSync } from 'node:fs'
import express from 'express'

const app = express()
app.get('/a', (_req, res) => res.end())
console.log('one')
process.stdout.write('two\n')
writeSync(process.stdout.fd, 'three\n')
app.listen(3000, () => console.log('four'))

export default app
