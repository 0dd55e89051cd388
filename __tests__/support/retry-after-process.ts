/** Milliseconds that a `Retry-After` asks for, in the time zone of `TZ`. Arguments: the value, and now since 1970. */
import { retryAfterMs } from '../../lib/core/keys/back-off.js'

const [value, epochMs] = process.argv.slice(2)
console.log(retryAfterMs(value, Number(epochMs)))
