/** Exports something else. */
export default function start() {}
