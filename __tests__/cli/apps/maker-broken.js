/** A function that needs more than the options of a server. */
export const createApp = ({ database }) => database.url
