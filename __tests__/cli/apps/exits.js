/** A script that is done at once, or finds no configuration. */
process.exit(0)
