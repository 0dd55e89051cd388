/** Waits for what never happens, and nothing keeps the process busy. */
await new Promise(() => undefined)
