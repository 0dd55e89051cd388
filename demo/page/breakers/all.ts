/** All ways to break a request: attacks and common mistakes. */
import type { Breaker } from './breaker.js'
import { HIDDEN_BREAKERS } from './hidden.js'
import { SIGNED_BREAKERS } from './signed.js'

export const BREAKERS: readonly Breaker[] = [...SIGNED_BREAKERS, ...HIDDEN_BREAKERS]
