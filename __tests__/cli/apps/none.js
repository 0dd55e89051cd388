/** Exports something else. */
export default function createApp() {}
