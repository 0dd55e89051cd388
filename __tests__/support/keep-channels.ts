/**
 * Keeps the diagnostics channels of the package alive between test files. Each file loads the package
 * anew, and Node.js 20 may delete a new channel when it collects the old one of that name.
 */
import * as diagnostics from 'node:diagnostics_channel'

const NAMES = ['accepted', 'refused', 'keys', 'replay', 'revocation', 'logout']
const TRACED = ['flight', 'introspection']
const KEPT = Symbol.for('express-resource-server tests: kept channels')

const nameOf = (name: string): string => `express-resource-server:${name}`
// Jest runs this for each file, but modules of Node.js live as long as the process.
if (!Reflect.has(diagnostics.Channel, KEPT)) {
  Reflect.set(diagnostics.Channel, KEPT, [
    ...NAMES.map((name) => diagnostics.channel(nameOf(name))),
    ...TRACED.map((name) => diagnostics.tracingChannel(nameOf(name))),
  ])
}
