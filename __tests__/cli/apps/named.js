/** An ES module that exports its application as `app`. */
import express from 'express'
import { resourceServer } from 'express-resource-server'

export const app = express()
app.use(resourceServer({ issuer: 'https://issuer.test', audience: 'https://api.test' }))
app.get('/a', (_req, res) => res.end())
