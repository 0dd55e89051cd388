/** Ends the process while it is imported, after a while. */
setTimeout(() => process.exit(0), 10)
await new Promise(() => undefined)
