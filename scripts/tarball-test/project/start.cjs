const { createTestIssuer } = require('express-resource-server/testing')

const main = async () => {
  const issuer = createTestIssuer()
  const authorizationServer = await issuer.listen()
  globalThis.testIssuer = { issuer: authorizationServer.issuer, audience: issuer.audience }
  const { app } = require('./runnable.cjs')
  const [scope] = process.argv.slice(2)

  const granted = await issuer.token({ scope, sub: 'user-1' })
  const lacking = await issuer.token({ scope: 'other', sub: 'user-1' })
  const listener = app.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: listener.address().port, granted, lacking }))
  })
  process.stdin.resume().on('end', () => {
    listener.close()
    authorizationServer.close()
  })
}

main()
