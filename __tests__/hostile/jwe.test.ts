import { describeCases } from './support/cases.js'
import { jweCases } from './tables/jwe.js'

describeCases('encrypted tokens', jweCases)
