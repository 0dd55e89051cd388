/** Throws where nothing catches it, before the import is done. */
setTimeout(() => {
  throw new Error('no connection')
}, 10)
await new Promise(() => undefined)
