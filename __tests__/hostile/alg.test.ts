import { describeCases } from './support/cases.js'
import { algCases } from './tables/alg.js'

describeCases('the signature algorithm', algCases)
