/** Guards leave the types of the route and its handler as Express has them. */
import express from 'express'
import { requireScopes } from 'express-resource-server'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const assertType = <Assertion extends true>(): Assertion | undefined => undefined

const app = express()

app.get('/orders/:id', requireScopes('orders:read'), (req, res) => {
  const { id } = req.params
  const subject = req.auth?.subject
  assertType<Equal<typeof id, string>>()
  assertType<Equal<typeof subject, string | undefined>>()
  // @ts-expect-error: the route has no such parameter
  req.params.other
  res.json({ id, subject })
})

express.Router().get('/:shop/orders/:id', requireScopes('orders:read'), (req, res) => {
  assertType<Equal<typeof req.params, { shop: string } & { id: string }>>()
  res.json(req.params)
})
