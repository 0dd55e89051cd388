/** A function that needs more than the options of a server. */
/** @param {any} options */
export const createApp = ({ database }) => database.url
